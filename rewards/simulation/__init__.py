"""Planning runs: what a plan would do to a made-up stream of orders, without a database."""
