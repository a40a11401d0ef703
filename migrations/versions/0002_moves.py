"""moves: work that was recorded on the wrong person

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('moves',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('record_id', sa.String(length=36), nullable=False),
    sa.Column('record_type', sa.String(length=40), nullable=False),
    sa.Column('suite_id', sa.String(length=36), nullable=False),
    sa.Column('from_person_id', sa.String(length=36), nullable=False),
    sa.Column('to_person_id', sa.String(length=36), nullable=False),
    sa.Column('from_episode_id', sa.String(length=36), nullable=True),
    sa.Column('to_episode_id', sa.String(length=36), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by', sa.String(length=36), nullable=False),
    sa.Column('at', sa.String(length=20), nullable=True),
    sa.Column('received_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_moves'))
    )
    with op.batch_alter_table('moves', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_moves_record_id'), ['record_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_moves_suite_id'), ['suite_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_moves_from_person_id'), ['from_person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_moves_to_person_id'), ['to_person_id'], unique=False)


def downgrade():
    with op.batch_alter_table('moves', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_moves_to_person_id'))
        batch_op.drop_index(batch_op.f('ix_moves_from_person_id'))
        batch_op.drop_index(batch_op.f('ix_moves_suite_id'))
        batch_op.drop_index(batch_op.f('ix_moves_record_id'))

    op.drop_table('moves')
