from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0004_pilot_owners'),
    ]

    operations = [
        migrations.AddField(
            model_name='frozenbaseline',
            name='sha256',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
    ]
