"""Whether a model that was trained on made rows is right about real ones."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch

from ganframe import Field, component, option
from ganframe_tabular.layout import Frame
from ganframe_tabular.metrics.tables import Tables, vectors
from ganframe_tabular.optional import need


@component
class TableAccuracy:
    """Train on synthetic, test on real (TSTR): write `split = "all"`, and `target` in `[data]`.

    A logistic regression and a forest learn to tell the target from the other columns, of made rows, and are tested on
    real rows that were held out. `accuracy`: their mean share of right answers (for a number as the target a linear
    regression and a forest, and R^2, at least 0); `real`: the same of models that real training rows have taught;
    `distance`: real - accuracy, the price of made rows. Needs `pip install "ganframe[tabular]"`.
    Source: Esteban et al. 2017 (arXiv:1706.02633), section 4.1; CTGAN (arXiv:1907.00503), section 5.
    """

    better: ClassVar = {"accuracy": "higher", "distance": "lower"}
    examples = ({"data": {"type": "SklearnTable", "name": "iris", "split": "all", "target": "target"}},)

    trees: int = option(100, "trees of the forest", min=1)

    def build(self, fields: Mapping[str, Field], facts: Mapping[str, Any], device: torch.device) -> AccuracyMeter:
        """A meter; ValueError for data that are no table, or one without a target; ImportError without an extra."""
        need("sklearn", "scikit-learn", "TableAccuracy")
        return AccuracyMeter(fields, facts, self.trees)


class AccuracyMeter(Tables):
    """Trains and tests models."""

    def __init__(self, fields: Mapping[str, Field], facts: Mapping[str, Any], trees: int) -> None:
        super().__init__(fields, facts, models=f"linear and forest of {trees}")
        self._trees = trees
        target = self.layout.target
        if not target:
            raise ValueError("the table has no `target` to be told; name it in [data]")
        self._kind = next((column.kind for column in self.layout.columns if column.name == target), "")
        if self._kind in ("", "date"):
            raise ValueError(f"the target '{target}' must be a category or a number of its own")

    def compute(self) -> dict[str, float]:
        """The three figures."""
        train, held, made = self.parts()
        rows = vectors(train, train, held, made, leave=self.layout.target)
        answers = [self._answers(frame) for frame in (train, held, made)]
        real, accuracy = (self._score(rows[i], answers[i], rows[1], answers[1]) for i in (0, 2))
        return {"accuracy": accuracy, "real": real, "distance": real - accuracy}

    def _answers(self, frame: Frame) -> np.ndarray:
        target = self.layout.target
        return frame.codes[target] if self._kind == "category" else np.nan_to_num(frame.numbers[target])

    def _score(self, rows: np.ndarray, answers: np.ndarray, tests: np.ndarray, truth: np.ndarray) -> float:
        """Mean score of both models, taught by rows and tested on others."""
        if self._kind == "category" and len(np.unique(answers)) == 1:
            return float((truth == answers[0]).mean())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of models that have not converged
            scores = [model.fit(rows, answers).score(tests, truth) for model in self._models()]
        return float(np.mean(np.maximum(scores, 0)))

    def _models(self) -> list[Any]:
        names = ("sklearn.linear_model", "sklearn.ensemble")
        linear, forest = (need(name, "scikit-learn", "TableAccuracy") for name in names)
        if self._kind == "category":
            return [linear.LogisticRegression(max_iter=500), forest.RandomForestClassifier(self._trees, random_state=0)]
        return [linear.Ridge(), forest.RandomForestRegressor(self._trees, random_state=0)]
