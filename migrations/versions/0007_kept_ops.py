"""kept ops: suites that were taken away, and what came from there after that

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('kept_ops',
    sa.Column('op_id', sa.String(length=36), nullable=False),
    sa.Column('scope', sa.String(length=36), nullable=False),
    sa.Column('why', sa.String(length=80), nullable=False),
    sa.Column('received_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('op_id', 'scope', name=op.f('pk_kept_ops'))
    )
    with op.batch_alter_table('kept_ops', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kept_ops_scope'), ['scope'], unique=False)
    op.create_table('past_grants',
    sa.Column('user_id', sa.String(length=36), nullable=False),
    sa.Column('suite_id', sa.String(length=36), nullable=False),
    sa.Column('revoked_seq', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['suite_id'], ['suites.id'], name=op.f('fk_past_grants_suite_id_suites')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_past_grants_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', 'suite_id', name=op.f('pk_past_grants'))
    )


def downgrade():
    op.drop_table('past_grants')
    with op.batch_alter_table('kept_ops', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kept_ops_scope'))

    op.drop_table('kept_ops')
