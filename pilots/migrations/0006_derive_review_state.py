"""Fill the derived columns of items that were here before: newest version, its decision, and what is waited for."""

from django.db import migrations

_NEWEST = """
    UPDATE pilots_contentitem i SET newest_id = v.id
      FROM (SELECT DISTINCT ON (item_id) item_id, id FROM pilots_contentversion ORDER BY item_id, number DESC) v
     WHERE v.item_id = i.id
"""
_STATE = """
    UPDATE pilots_contentitem i SET state = r.decision
      FROM (SELECT DISTINCT ON (version_id) version_id, decision FROM pilots_review ORDER BY version_id, id DESC) r
     WHERE r.version_id = i.newest_id AND i.ai_use <> 'none'
"""
_WAITING = """
    UPDATE pilots_contentitem i SET waits_for = 'first', waiting_since = v.at
      FROM pilots_contentversion v WHERE v.id = i.newest_id AND i.ai_use <> 'none' AND i.state = ''
"""


class Migration(migrations.Migration):
    dependencies = [("pilots", "0005_review_step")]

    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (_NEWEST, _STATE, _WAITING)
    ]
