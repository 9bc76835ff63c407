"""The items whose vectors have the greatest products with a query: exactly where that is quick, by an index beyond."""
