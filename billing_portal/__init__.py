"""The customer billing portal: ground (money, clock, unit, settings) and roof (urls, overview, books, demo)."""
