from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_functions'),
    ]

    operations = [
        migrations.AddField(
            model_name='channel',
            name='digest_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='job',
            name='kind',
            field=models.CharField(choices=[('accounts.tasks.deliver_message', 'Deliver'), ('metrics.tasks.pull_source', 'Pull'), ('metrics.tasks.pull_backfill', 'Backfill'), ('pilots.tasks.read_pilots', 'Read'), ('pilots.tasks.tell_member', 'Tell'), ('pilots.tasks.tell_channel', 'Tell Channel'), ('pilots.tasks.post_delivery', 'Post'), ('pilots.tasks.escalate_flag', 'Escalate'), ('pilots.tasks.remind_stakeholder', 'Remind'), ('pilots.tasks.send_digest', 'Digest'), ('pilots.tasks.post_digest', 'Digest Channel')], max_length=60),
        ),
    ]
