"""Every address of the product. ``docs/access.md`` has a row for each, and a test fails for one without."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from accounts.views import invitation, people, start
from config import health, styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start.start, name="start"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("accounts/invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("accounts/", include("config.account_urls")),
    path("s/", include("pilots.stakeholder_urls")),
    path("l/", include("pilots.learner_urls")),
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
]
if settings.DEMO:
    from config import demo_pages

    urlpatterns[:0] = [
        path("demo/mail/", demo_pages.mail, name="demo_mail"),
        path("demo/feed/<slug:name>.json", demo_pages.feed, name="demo_feed"),
    ]
