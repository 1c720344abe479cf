from django.db import migrations, models

_CODES = "UPDATE accounts_organisation SET code_at_signing = CASE code_at_signing WHEN 'true' THEN 'everyone' ELSE 'off' END"
_BACK = "UPDATE accounts_organisation SET code_at_signing = CASE code_at_signing WHEN 'off' THEN 'false' ELSE 'true' END"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_six_weeks")]

    operations = [
        migrations.AlterField(
            model_name="organisation",
            name="code_at_signing",
            field=models.CharField(
                choices=[
                    ("off", "nobody: the link is enough"),
                    ("legal", "those who speak for legal or compliance"),
                    ("everyone", "everybody who signs"),
                ],
                db_default="off",
                default="off",
                max_length=10,
                verbose_name="a code by e-mail at signing, for",
            ),
        ),
        migrations.RunSQL(_CODES, _BACK),
        migrations.AddField(
            model_name="message",
            name="attachment",
            field=models.CharField(blank=True, db_default="", max_length=60),
        ),
    ]
