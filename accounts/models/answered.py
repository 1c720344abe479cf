"""Requests that are answered once, however often they are sent: what was asked under a key, and what was said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db import connection, models
from django.db.models.functions import Now

#: How long a repeated request is recognised.
KEPT_FOR: Final = timedelta(hours=24)


def _with(token: int, key: str, **more: str) -> Any:
    return {"token": token, "key": key, "kept": KEPT_FOR, **more}


class AnsweredManager(models.Manager["Answered"]):
    def claim(self, token: int, key: str) -> tuple[bool, str, Any]:
        """Whether nobody else is at it, and digest and answer of an earlier request with this key.

        To be called inside a transaction. The claim is an advisory lock that ends with it, also when the
        process or the connection dies: a key is never stuck.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT pg_try_advisory_xact_lock(hashtextextended(%(key)s, %(token)s)), a.digest, a.answer
                  FROM (SELECT 1) AS one
                  LEFT JOIN accounts_answered a
                    ON a.token_id = %(token)s AND a.key = %(key)s AND a.at > now() - %(kept)s
                """,
                _with(token, key),
            )
            free, digest, answer = cursor.fetchone()
        return free, digest or "", answer

    def keep(self, token: int, key: str, digest: str, answer: str) -> bool:
        """Remember an answer, in the transaction of what it tells of.

        False when another process answered between its look and our claim: what was done must then be undone.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO accounts_answered AS a (token_id, key, digest, answer, at)
                VALUES (%(token)s, %(key)s, %(digest)s, %(answer)s, now())
                ON CONFLICT (token_id, key) DO UPDATE
                   SET digest = excluded.digest, answer = excluded.answer, at = excluded.at
                 WHERE a.at <= now() - %(kept)s
                """,
                _with(token, key, digest=digest, answer=answer),
            )
            return bool(cursor.rowcount == 1)

    def forget_old(self) -> int:
        return self.filter(at__lte=Now() - KEPT_FOR).delete()[0]


class Answered(models.Model):
    """One answered request."""

    token = models.ForeignKey("accounts.ApiToken", on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    answer = models.TextField()
    # Forgetting what is older than a day asks by it.
    at = models.DateTimeField(db_index=True)

    objects = AnsweredManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_per_token_and_key")]

    def __str__(self) -> str:
        return f"answer to {self.key}"
