"""What pages cost, beside a page that does nothing. ``docs/benchmarks.md`` has the bars and the figures."""
