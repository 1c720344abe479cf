from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_functions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='bucket',
            name='filled_at',
            field=models.DateTimeField(),
        ),
    ]
