"""office_sessions: each sign-in is a row that ends for good; users lose the number that did half of this

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('office_sessions',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('user_id', sa.String(length=36), nullable=False),
    sa.Column('started_at', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_office_sessions_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_office_sessions'))
    )
    with op.batch_alter_table('office_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_office_sessions_user_id'), ['user_id'], unique=False)
    # Not in a batch: on SQLite that makes the table anew, which rows that point to users forbid.
    op.execute('ALTER TABLE users DROP COLUMN session_version')


def downgrade():
    op.execute('ALTER TABLE users ADD COLUMN session_version INTEGER NOT NULL DEFAULT 1')
    with op.batch_alter_table('office_sessions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_office_sessions_user_id'))

    op.drop_table('office_sessions')
