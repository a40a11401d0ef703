"""first tables

Revision ID: 0001
Revises: 
"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('alerts',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('assessment_id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('suite_id', sa.String(length=36), nullable=False),
    sa.Column('alert', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('due', sa.Text(), nullable=True),
    sa.Column('raised_at', sa.String(length=20), nullable=True),
    sa.Column('owner_id', sa.String(length=36), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('settled', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('received_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alerts'))
    )
    with op.batch_alter_table('alerts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_alerts_assessment_id'), ['assessment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_alerts_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_alerts_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_alerts_suite_id'), ['suite_id'], unique=False)

    op.create_table('amendments',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('assessment_id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('suite_id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('changes', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('by', sa.String(length=36), nullable=False),
    sa.Column('at', sa.String(length=20), nullable=True),
    sa.Column('decided', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('received_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_amendments'))
    )
    with op.batch_alter_table('amendments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_amendments_assessment_id'), ['assessment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_amendments_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_amendments_suite_id'), ['suite_id'], unique=False)

    op.create_table('assessments',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('episode_id', sa.String(length=36), nullable=True),
    sa.Column('suite_id', sa.String(length=36), nullable=False),
    sa.Column('form', sa.String(length=540), nullable=False),
    sa.Column('basis', sa.String(length=20), nullable=False),
    sa.Column('author_id', sa.String(length=36), nullable=False),
    sa.Column('started_at', sa.String(length=20), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('open_conflicts', sa.Integer(), nullable=False),
    sa.Column('rev', sa.String(length=40), nullable=False),
    sa.Column('updated_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessments'))
    )
    with op.batch_alter_table('assessments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assessments_author_id'), ['author_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assessments_episode_id'), ['episode_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assessments_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assessments_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_assessments_suite_id'), ['suite_id'], unique=False)

    op.create_table('audit_events',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.String(length=20), nullable=False),
    sa.Column('user_id', sa.String(length=36), nullable=True),
    sa.Column('device_id', sa.String(length=36), nullable=True),
    sa.Column('action', sa.String(length=80), nullable=False),
    sa.Column('subject', sa.String(length=100), nullable=True),
    sa.Column('facts', sa.JSON(none_as_null=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_events'))
    )
    with op.batch_alter_table('audit_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_events_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_events_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_events_subject'), ['subject'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_events_user_id'), ['user_id'], unique=False)

    op.create_table('authorities',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('gss', sa.String(length=9), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authorities'))
    )
    op.create_table('challenges',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('user_id', sa.String(length=36), nullable=True),
    sa.Column('purpose', sa.String(length=40), nullable=False),
    sa.Column('value', sa.String(length=200), nullable=False),
    sa.Column('expires_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_challenges'))
    )
    with op.batch_alter_table('challenges', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_challenges_user_id'), ['user_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_challenges_value'), ['value'], unique=False)

    op.create_table('conflicts',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('record_id', sa.String(length=36), nullable=False),
    sa.Column('record_type', sa.String(length=40), nullable=False),
    sa.Column('suite_id', sa.String(length=36), nullable=True),
    sa.Column('person_id', sa.String(length=36), nullable=True),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('link_id', sa.String(length=200), nullable=True),
    sa.Column('safety', sa.Boolean(), nullable=False),
    sa.Column('base', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('theirs', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('mine', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('resolution', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('received_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conflicts'))
    )
    with op.batch_alter_table('conflicts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_conflicts_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_conflicts_record_id'), ['record_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_conflicts_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_conflicts_suite_id'), ['suite_id'], unique=False)

    op.create_table('contacts',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('episode_id', sa.String(length=36), nullable=True),
    sa.Column('suite_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('outcome', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('harm_reduction_offered', sa.Boolean(), nullable=True),
    sa.Column('at', sa.String(length=20), nullable=True),
    sa.Column('worker_id', sa.String(length=36), nullable=True),
    sa.Column('received_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contacts'))
    )
    with op.batch_alter_table('contacts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contacts_episode_id'), ['episode_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contacts_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contacts_suite_id'), ['suite_id'], unique=False)

    op.create_table('custody_episodes',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('suite_id', sa.String(length=36), nullable=False),
    sa.Column('custody_number', sa.Text(), nullable=True),
    sa.Column('cell', sa.Text(), nullable=True),
    sa.Column('arrested_at', sa.String(length=20), nullable=True),
    sa.Column('arrived_at', sa.String(length=20), nullable=True),
    sa.Column('route', sa.String(length=40), nullable=True),
    sa.Column('offence_category', sa.Text(), nullable=True),
    sa.Column('safe_to_see', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('two_person', sa.Boolean(), nullable=False),
    sa.Column('released_at', sa.String(length=20), nullable=True),
    sa.Column('rest_until', sa.String(length=20), nullable=True),
    sa.Column('rev', sa.String(length=40), nullable=False),
    sa.Column('updated_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_custody_episodes'))
    )
    with op.batch_alter_table('custody_episodes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_custody_episodes_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_custody_episodes_suite_id'), ['suite_id'], unique=False)

    op.create_table('forms',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('definition', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('published_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_forms')),
    sa.UniqueConstraint('url', 'version', name=op.f('uq_forms_url_version'))
    )
    op.create_table('ops',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('arrival', sa.Integer(), nullable=False),
    sa.Column('record_id', sa.String(length=100), nullable=False),
    sa.Column('type', sa.String(length=40), nullable=False),
    sa.Column('user_id', sa.String(length=36), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('suites', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('device_id', sa.String(length=36), nullable=True),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('received_at', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('why', sa.String(length=80), nullable=True),
    sa.Column('waits_for', sa.String(length=36), nullable=True),
    sa.Column('result', sa.Text(), nullable=False),
    sa.Column('frozen', sa.JSON(none_as_null=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ops')),
    sa.UniqueConstraint('arrival', name=op.f('uq_ops_arrival'))
    )
    with op.batch_alter_table('ops', schema=None) as batch_op:
        batch_op.create_index('ix_ops_held', ['waits_for', 'arrival'], unique=False)
        batch_op.create_index(batch_op.f('ix_ops_record_id'), ['record_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ops_user_id'), ['user_id'], unique=False)

    op.create_table('people',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('given_name', sa.Text(), nullable=True),
    sa.Column('family_name', sa.Text(), nullable=True),
    sa.Column('date_of_birth', sa.String(length=10), nullable=True),
    sa.Column('also_known_as', sa.Text(), nullable=True),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('rev', sa.String(length=40), nullable=False),
    sa.Column('updated_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_people'))
    )
    with op.batch_alter_table('people', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_people_family_name'), ['family_name'], unique=False)

    op.create_table('record_versions',
    sa.Column('record_id', sa.String(length=36), nullable=False),
    sa.Column('rev', sa.String(length=40), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('op_id', sa.String(length=36), nullable=False),
    sa.Column('body', sa.JSON(none_as_null=True), nullable=False),
    sa.PrimaryKeyConstraint('record_id', 'rev', name=op.f('pk_record_versions'))
    )
    op.create_table('records',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('type', sa.String(length=40), nullable=False),
    sa.Column('rev', sa.String(length=40), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('body', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('provenance', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('editors', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('deleted', sa.Boolean(), nullable=False),
    sa.Column('standing', sa.Boolean(), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=True),
    sa.Column('episode_id', sa.String(length=36), nullable=True),
    sa.Column('created_by', sa.String(length=36), nullable=False),
    sa.Column('created_at', sa.String(length=20), nullable=False),
    sa.Column('updated_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_records'))
    )
    with op.batch_alter_table('records', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_records_episode_id'), ['episode_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_records_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_records_seq'), ['seq'], unique=False)
        batch_op.create_index(batch_op.f('ix_records_type'), ['type'], unique=False)
        batch_op.create_index(batch_op.f('ix_records_updated_at'), ['updated_at'], unique=False)

    op.create_table('submissions',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('assessment_id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('rev', sa.String(length=40), nullable=False),
    sa.Column('made_by', sa.String(length=20), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('episode_id', sa.String(length=36), nullable=True),
    sa.Column('suite_id', sa.String(length=36), nullable=False),
    sa.Column('form', sa.String(length=540), nullable=False),
    sa.Column('form_title', sa.String(length=300), nullable=True),
    sa.Column('basis', sa.String(length=20), nullable=False),
    sa.Column('author_id', sa.String(length=36), nullable=False),
    sa.Column('author_name', sa.String(length=200), nullable=True),
    sa.Column('submitted_by', sa.String(length=36), nullable=False),
    sa.Column('submitted_by_name', sa.String(length=200), nullable=True),
    sa.Column('submitted_at', sa.String(length=20), nullable=True),
    sa.Column('received_at', sa.String(length=20), nullable=False),
    sa.Column('person', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('episode', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('answers', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('stopped', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('replies', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('rows', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('scores', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('alerts', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('conflicts', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('provenance', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('engine_version', sa.String(length=40), nullable=True),
    sa.Column('engine_sha256', sa.String(length=64), nullable=True),
    sa.Column('verified', sa.Boolean(), nullable=False),
    sa.Column('safety', sa.Boolean(), nullable=False),
    sa.Column('reads_as', sa.String(length=9), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('review', sa.JSON(none_as_null=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submissions')),
    sa.UniqueConstraint('assessment_id', 'number', name=op.f('uq_submissions_assessment_id_number'))
    )
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_submissions_assessment_id'), ['assessment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_submissions_author_id'), ['author_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_submissions_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_submissions_received_at'), ['received_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_submissions_safety'), ['safety'], unique=False)
        batch_op.create_index(batch_op.f('ix_submissions_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_submissions_suite_id'), ['suite_id'], unique=False)

    op.create_table('sync_meta',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('epoch', sa.String(length=36), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sync_meta'))
    )
    op.create_table('users',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=True),
    sa.Column('session_version', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('email', name=op.f('uq_users_email'))
    )
    op.create_table('devices',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('user_id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('credential_id', sa.String(length=1400), nullable=True),
    sa.Column('created_at', sa.String(length=20), nullable=False),
    sa.Column('last_sync_at', sa.String(length=20), nullable=True),
    sa.Column('waiting', sa.Integer(), nullable=False),
    sa.Column('revoked_at', sa.String(length=20), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_devices_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_devices')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_devices_token_sha256'))
    )
    with op.batch_alter_table('devices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_devices_user_id'), ['user_id'], unique=False)

    op.create_table('enrolments',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('code_sha256', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.String(length=36), nullable=False),
    sa.Column('created_by', sa.String(length=36), nullable=True),
    sa.Column('created_at', sa.String(length=20), nullable=False),
    sa.Column('expires_at', sa.String(length=20), nullable=False),
    sa.Column('used_at', sa.String(length=20), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_enrolments_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enrolments')),
    sa.UniqueConstraint('code_sha256', name=op.f('uq_enrolments_code_sha256'))
    )
    with op.batch_alter_table('enrolments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_enrolments_user_id'), ['user_id'], unique=False)

    op.create_table('passkeys',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('user_id', sa.String(length=36), nullable=False),
    sa.Column('credential_id', sa.String(length=1400), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_passkeys_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkeys')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkeys_credential_id'))
    )
    with op.batch_alter_table('passkeys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passkeys_user_id'), ['user_id'], unique=False)

    op.create_table('record_scopes',
    sa.Column('record_id', sa.String(length=36), nullable=False),
    sa.Column('scope', sa.String(length=36), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('left', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['record_id'], ['records.id'], name=op.f('fk_record_scopes_record_id_records'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('record_id', 'scope', name=op.f('pk_record_scopes'))
    )
    with op.batch_alter_table('record_scopes', schema=None) as batch_op:
        batch_op.create_index('ix_record_scopes_feed', ['scope', 'seq'], unique=False)

    op.create_table('suites',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('short', sa.String(length=20), nullable=False),
    sa.Column('authority_id', sa.String(length=36), nullable=True),
    sa.Column('open_from', sa.String(length=10), nullable=False),
    sa.Column('open_to', sa.String(length=10), nullable=True),
    sa.ForeignKeyConstraint(['authority_id'], ['authorities.id'], name=op.f('fk_suites_authority_id_authorities')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suites'))
    )
    op.create_table('user_suites',
    sa.Column('user_id', sa.String(length=36), nullable=False),
    sa.Column('suite_id', sa.String(length=36), nullable=False),
    sa.Column('granted_seq', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['suite_id'], ['suites.id'], name=op.f('fk_user_suites_suite_id_suites')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_user_suites_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', 'suite_id', name=op.f('pk_user_suites'))
    )

    # The one counter row: its epoch names the history that begins here.
    meta = sa.table("sync_meta", sa.column("id"), sa.column("epoch"), sa.column("seq"))
    op.bulk_insert(meta, [{"id": 1, "epoch": str(uuid.uuid4()), "seq": 0}])


def downgrade():
    op.drop_table('user_suites')
    op.drop_table('suites')
    with op.batch_alter_table('record_scopes', schema=None) as batch_op:
        batch_op.drop_index('ix_record_scopes_feed')

    op.drop_table('record_scopes')
    with op.batch_alter_table('passkeys', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_passkeys_user_id'))

    op.drop_table('passkeys')
    with op.batch_alter_table('enrolments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_enrolments_user_id'))

    op.drop_table('enrolments')
    with op.batch_alter_table('devices', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_devices_user_id'))

    op.drop_table('devices')
    op.drop_table('users')
    op.drop_table('sync_meta')
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_submissions_suite_id'))
        batch_op.drop_index(batch_op.f('ix_submissions_state'))
        batch_op.drop_index(batch_op.f('ix_submissions_safety'))
        batch_op.drop_index(batch_op.f('ix_submissions_received_at'))
        batch_op.drop_index(batch_op.f('ix_submissions_person_id'))
        batch_op.drop_index(batch_op.f('ix_submissions_author_id'))
        batch_op.drop_index(batch_op.f('ix_submissions_assessment_id'))

    op.drop_table('submissions')
    with op.batch_alter_table('records', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_records_updated_at'))
        batch_op.drop_index(batch_op.f('ix_records_type'))
        batch_op.drop_index(batch_op.f('ix_records_seq'))
        batch_op.drop_index(batch_op.f('ix_records_person_id'))
        batch_op.drop_index(batch_op.f('ix_records_episode_id'))

    op.drop_table('records')
    op.drop_table('record_versions')
    with op.batch_alter_table('people', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_people_family_name'))

    op.drop_table('people')
    with op.batch_alter_table('ops', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ops_user_id'))
        batch_op.drop_index(batch_op.f('ix_ops_record_id'))
        batch_op.drop_index('ix_ops_held')

    op.drop_table('ops')
    op.drop_table('forms')
    with op.batch_alter_table('custody_episodes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_custody_episodes_suite_id'))
        batch_op.drop_index(batch_op.f('ix_custody_episodes_person_id'))

    op.drop_table('custody_episodes')
    with op.batch_alter_table('contacts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contacts_suite_id'))
        batch_op.drop_index(batch_op.f('ix_contacts_person_id'))
        batch_op.drop_index(batch_op.f('ix_contacts_episode_id'))

    op.drop_table('contacts')
    with op.batch_alter_table('conflicts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_conflicts_suite_id'))
        batch_op.drop_index(batch_op.f('ix_conflicts_state'))
        batch_op.drop_index(batch_op.f('ix_conflicts_record_id'))
        batch_op.drop_index(batch_op.f('ix_conflicts_person_id'))

    op.drop_table('conflicts')
    with op.batch_alter_table('challenges', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_challenges_value'))
        batch_op.drop_index(batch_op.f('ix_challenges_user_id'))

    op.drop_table('challenges')
    op.drop_table('authorities')
    with op.batch_alter_table('audit_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_events_user_id'))
        batch_op.drop_index(batch_op.f('ix_audit_events_subject'))
        batch_op.drop_index(batch_op.f('ix_audit_events_at'))
        batch_op.drop_index(batch_op.f('ix_audit_events_action'))

    op.drop_table('audit_events')
    with op.batch_alter_table('assessments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_assessments_suite_id'))
        batch_op.drop_index(batch_op.f('ix_assessments_state'))
        batch_op.drop_index(batch_op.f('ix_assessments_person_id'))
        batch_op.drop_index(batch_op.f('ix_assessments_episode_id'))
        batch_op.drop_index(batch_op.f('ix_assessments_author_id'))

    op.drop_table('assessments')
    with op.batch_alter_table('amendments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_amendments_suite_id'))
        batch_op.drop_index(batch_op.f('ix_amendments_state'))
        batch_op.drop_index(batch_op.f('ix_amendments_assessment_id'))

    op.drop_table('amendments')
    with op.batch_alter_table('alerts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_alerts_suite_id'))
        batch_op.drop_index(batch_op.f('ix_alerts_state'))
        batch_op.drop_index(batch_op.f('ix_alerts_person_id'))
        batch_op.drop_index(batch_op.f('ix_alerts_assessment_id'))

    op.drop_table('alerts')
