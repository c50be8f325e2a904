"""How series are shown and written."""

from ganframe_series.views.series import Series

VIEWS = [Series]
