"""clearing: orders to clear a tablet, and what each tablet last said of itself

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

TIMES = ('waiting_at', 'oldest_at', 'differs_since', 'compared_at', 'clear_asked_at', 'cleared_at')


def upgrade():
    with op.batch_alter_table('devices', schema=None) as batch_op:
        for name in TIMES:
            batch_op.add_column(sa.Column(name, sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('comparisons', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('clear_asked_by', sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column('clear_reason', sa.String(length=500), nullable=True))


def downgrade():
    with op.batch_alter_table('devices', schema=None) as batch_op:
        for name in (*TIMES, 'comparisons', 'clear_asked_by', 'clear_reason'):
            batch_op.drop_column(name)
