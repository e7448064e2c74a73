"""The outbox's table."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes it."""

    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="Wish",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=64, unique=True)),
                ("vote", models.CharField(max_length=320)),
                ("acts", models.JSONField()),
                ("recorded", models.JSONField(null=True)),
                ("refused", models.TextField(null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="wish",
            index=models.Index(
                fields=["id"],
                name="wish_open",
                condition=models.Q(recorded__isnull=True, refused__isnull=True),
            ),
        ),
    )
