"""What a finished run comes to: measures with intervals, differences, breakdowns, costs."""
