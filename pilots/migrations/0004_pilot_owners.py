from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0003_entries_mended_and_withdrawn'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='pilot',
            index=models.Index(fields=['organisation', 'owner'], name='pilot_owners'),
        ),
    ]
