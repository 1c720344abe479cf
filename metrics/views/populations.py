from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from accounts import clock
from accounts.access import Verb
from accounts.tenancy import MemberRequest, member
from metrics.errors import RefusedError
from metrics.forms.population import PopulationForm
from metrics.models import Metric, Population


@sensitive_post_parameters("keys_pasted")
@member(Verb.MEASURE, methods=["GET", "POST"])
def participants(request: MemberRequest, metric_id: int) -> HttpResponse:
    """Who takes part, as a list that is pasted once and never shown again."""
    metric = get_object_or_404(Metric.objects.select_related("source", "organisation"), pk=metric_id)
    form = PopulationForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            population, twice = Population.objects.gather(
                metric, name=form.cleaned_data["name"], keys=form.keys(), by=request.user, at=clock.now()
            )
        except RefusedError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _taken(population.size, twice))
            return redirect("metric_participants", request.organisation.slug, metric.pk)
    context = {
        "metric": metric,
        "form": form,
        "populations": Population.objects.filter(metric=metric).select_related("series", "others"),
        "source": getattr(metric, "source", None),
    }
    return render(
        request, "metrics/participants.html", context, status=422 if request.method == "POST" else 200
    )


def _taken(people: int, twice: int) -> str:
    """How many there are, and how many came twice; never who."""
    said = [
        ngettext("%(count)s person is on the list.", "%(count)s people are on the list.", people)
        % {"count": people}
    ]
    if twice:
        again = ngettext(
            "%(count)s entry came twice and counts once.",
            "%(count)s entries came twice and count once.",
            twice,
        )
        said.append(again % {"count": twice})
    return " ".join([*said, _("Only keyed hashes of it are kept.")])
