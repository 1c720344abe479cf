from django.db import migrations

# Who calls, and one out of their bucket: asked on every request of the API, so its plan is kept with the connection.
LOOK_UP = """
CREATE OR REPLACE FUNCTION accounts_look_up(p_digest text, p_at timestamptz, p_size float8, p_coarse interval)
RETURNS TABLE (id bigint, name text, scope text, role text, organisation_id bigint, time_zone text, person_id bigint,
               role_now text, is_stale boolean, is_let_in boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    SELECT t.id, t.name, t.scope, t.role, t.organisation_id, o.time_zone, m.person_id, m.role,
           t.last_used_at IS NULL OR t.last_used_at < now() - p_coarse
      INTO id, name, scope, role, organisation_id, time_zone, person_id, role_now, is_stale
      FROM accounts_apitoken t
      JOIN accounts_organisation o ON o.id = t.organisation_id
      LEFT JOIN (accounts_membership m JOIN accounts_person p ON p.id = m.person_id AND p.is_active) ON m.id = t.member_id
     WHERE t.digest = p_digest AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > p_at);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    is_let_in := accounts_take('token:' || id, p_size);
    RETURN NEXT;
END $$;
"""

# A bucket holds p_size, fills up within a minute, and is taken from in one statement.
TAKE = """
CREATE OR REPLACE FUNCTION accounts_take(p_name text, p_size float8) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts_bucket AS b (name, level, filled_at) VALUES (p_name, p_size - 1, clock_timestamp())
    ON CONFLICT (name) DO UPDATE
       SET level = least(p_size, b.level + p_size / 60.0
                         * greatest(0, extract(epoch FROM clock_timestamp() - b.filled_at))) - 1,
           filled_at = clock_timestamp()
     WHERE least(p_size, b.level + p_size / 60.0
                 * greatest(0, extract(epoch FROM clock_timestamp() - b.filled_at))) >= 1;
    RETURN FOUND;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [('accounts', '0002_cache_table')]

    operations = [
        migrations.RunSQL(TAKE, 'DROP FUNCTION accounts_take'),
        migrations.RunSQL(LOOK_UP, 'DROP FUNCTION accounts_look_up'),
    ]
