from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_digests_of_channels'),
    ]

    operations = [
        migrations.AlterField(
            model_name='bucket',
            name='filled_at',
            field=models.DateTimeField(),
        ),
    ]
