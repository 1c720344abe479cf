"""Every address of the product. ``docs/access.md`` has a row for each, and a test fails for one without."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from accounts.views import invitation, people, start, tokens, unsubscribe
from config import api_page, health, styleguide
from config.api import api, nowhere
from pilots.views import calendar

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start.start, name="start"),
    path("api/v1/docs", api_page.docs, name="api_docs"),
    path("api/v1/", nowhere, name="api_nowhere"),
    path("api/v1/", api.urls),
    path("api/", nowhere, name="api_nowhere"),
    path("api/<path:path>", nowhere, name="api_nowhere"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("accounts/invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("accounts/", include("config.account_urls")),
    path("u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("s/", include("pilots.stakeholder_urls")),
    path("l/", include("pilots.learner_urls")),
    path("o/", include("pilots.shared_urls")),
    path("calendar/<str:token>.ics", calendar.calendar, name="calendar"),
    path("<slug:org>/", include("pilots.urls")),
    path("<slug:org>/", include("metrics.urls")),
    path("<slug:org>/people/", people.people, name="people"),
    path("<slug:org>/people/invitations/", people.invitations, name="invitations"),
    path(
        "<slug:org>/people/invitations/<int:invitation_id>/withdrawal/",
        people.invitation_withdrawal,
        name="invitation_withdrawal",
    ),
    path("<slug:org>/people/<int:membership_id>/role/", people.membership_role, name="membership_role"),
    path("<slug:org>/people/<int:membership_id>/end/", people.membership_end, name="membership_end"),
    path("<slug:org>/settings/", people.settings, name="settings"),
    path("<slug:org>/tokens/", tokens.tokens, name="tokens"),
    path("<slug:org>/tokens/<int:token_id>/end/", tokens.token_end, name="token_end"),
]
handler400 = "accounts.views.errors.bad_request"
if settings.DEMO:
    from config import demo_pages

    urlpatterns[:0] = [
        path("demo/mail/", demo_pages.mail, name="demo_mail"),
        path("demo/posts/", demo_pages.posts, name="demo_posts"),
        path("demo/feed/<slug:name>.json", demo_pages.feed, name="demo_feed"),
    ]
