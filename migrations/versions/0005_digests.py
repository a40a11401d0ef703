"""what tablets carry: digests of suites, upkeep, verified backups

Revision ID: 0005
Revises: 0004
"""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('scope_digests',
    sa.Column('scope', sa.String(length=36), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('x', sa.String(length=16), nullable=False),
    sa.PrimaryKeyConstraint('scope', name=op.f('pk_scope_digests'))
    )
    with op.batch_alter_table('record_scopes', schema=None) as batch_op:
        batch_op.add_column(sa.Column('carried', sa.Boolean(), server_default=sa.true(), nullable=False))
    with op.batch_alter_table('sync_meta', schema=None) as batch_op:
        batch_op.add_column(sa.Column('durable_seq', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('upkept_on', sa.String(length=10), nullable=True))
    _reckon(op.get_bind())


def _reckon(connection):
    """Each suite's sum over the records that are there: as sync/digests.py keeps it from now on."""
    sums = {}
    rows = connection.execute(sa.text(
        'SELECT s.scope, r.id, r.rev FROM record_scopes s JOIN records r ON r.id = s.record_id WHERE NOT s."left"'
    ))
    for scope, record_id, rev in rows:
        n, x = sums.get(scope, (0, 0))
        share = int.from_bytes(hashlib.sha256(f'{record_id} {rev}'.encode()).digest()[:8], 'big')
        sums[scope] = (n + 1, (x + share) % (1 << 64))
    for scope, (n, x) in sums.items():
        connection.execute(
            sa.text('INSERT INTO scope_digests (scope, n, x) VALUES (:scope, :n, :x)'),
            {'scope': scope, 'n': n, 'x': f'{x:016x}'},
        )


def downgrade():
    with op.batch_alter_table('sync_meta', schema=None) as batch_op:
        batch_op.drop_column('upkept_on')
        batch_op.drop_column('durable_seq')
    with op.batch_alter_table('record_scopes', schema=None) as batch_op:
        batch_op.drop_column('carried')
    op.drop_table('scope_digests')
