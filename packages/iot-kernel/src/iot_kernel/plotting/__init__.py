"""Lines of numbers as a chart: what a cell below ``%%plot`` prints."""
