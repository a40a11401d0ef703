"""forms: when a version was retired, by whom and why

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('forms', schema=None) as batch_op:
        batch_op.add_column(sa.Column('retired_at', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('retired_by', sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column('retired_reason', sa.String(length=500), nullable=True))


def downgrade():
    with op.batch_alter_table('forms', schema=None) as batch_op:
        batch_op.drop_column('retired_reason')
        batch_op.drop_column('retired_by')
        batch_op.drop_column('retired_at')
