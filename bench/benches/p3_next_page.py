"""P3: a filter or a next page by htmx costs little of the whole page, and the last page what the first does."""

from bench.benches.p1_portfolio import portfolio
from bench.kinds import Bar, Bench, Costs, Page
from bench.world import LARGE, World

_PAGE = 200


def _filtered(world: World) -> Page:
    return _part(world, "portfolio, running with a flag, by htmx", "?stage=running&flag=any")


def _next(world: World) -> Page:
    return _part(world, "portfolio, next page by htmx", f"?after={_place(world, 50)}")


def _first(world: World) -> Page:
    return _part(world, "portfolio of all, page 1 by htmx", "?stage=all")


def _last(world: World) -> Page:
    place = _place(world, (_PAGE - 1) * 50, every=True)
    return _part(world, f"portfolio of all, page {_PAGE} by htmx", f"?stage=all&after={place}")


def _part(world: World, name: str, query: str) -> Page:
    return Page(name, world.portfolio(LARGE) + query, world.emails[LARGE], htmx=True)


def _place(world: World, number: int, *, every: bool = False) -> str:
    """Where the page after so many lines begins."""
    from django_scopes import scopes_disabled

    from pilots.models import Standing
    from pilots.portfolio_page import Place

    with scopes_disabled():
        lines = Standing.objects.filter(organisation__slug=world.slugs[LARGE])
        lines = lines if every else lines.filter(phase__in=["planning", "open", "stopped"])
        row = lines.order_by("-open_flags", "ends_on", "pilot_id").values_list(
            "open_flags", "ends_on", "pilot_id"
        )[number - 1]
    return str(Place(*row))


def _judge(world: World, costs: Costs) -> list[Bar]:
    whole = costs[portfolio(world, LARGE)].cpu
    return [
        Bar("a filter by htmx, of the whole page's CPU", 0.6, costs[_filtered(world)].cpu / whole, " x"),
        Bar("the next page by htmx, of the whole page's CPU", 0.6, costs[_next(world)].cpu / whole, " x"),
        Bar(f"page {_PAGE}, times page 1", 1.2, costs[_last(world)].cpu / costs[_first(world)].cpu, " x"),
    ]


BENCH = Bench(
    "P3", "Filters and pages of the portfolio", _judge,
    lambda world: [portfolio(world, LARGE), _filtered(world), _next(world), _first(world), _last(world)],
)  # fmt: skip
