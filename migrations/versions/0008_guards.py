"""guards: the database refuses what does not come through the service

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from throughcare import guards

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('sync_meta', schema=None) as batch_op:
        batch_op.add_column(sa.Column('open_from', sa.BigInteger(), server_default='0', nullable=False))
    op.execute('UPDATE sync_meta SET open_from = seq')
    guards.put_up(op.get_bind())


def downgrade():
    guards.take_down(op.get_bind())
    with op.batch_alter_table('sync_meta', schema=None) as batch_op:
        batch_op.drop_column('open_from')
