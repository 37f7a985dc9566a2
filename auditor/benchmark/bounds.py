"""Group-sequential bounds: significance levels of interim looks with a given error rate of all looks together.

Seeds are added one after another, and the difference is examined after each. The mean of J paired seeds has the
variance ``shared + per_seed / J`` (`auditor.benchmark.compare.Spread`), and the covariance of the means at two looks is
the variance of the later one. Hence the looks are a Brownian motion in the information ``1 / (shared + per_seed / J)``
(Jennison and Turnbull 2000, chapter 11), and the theory of group-sequential trials applies: the error available to each
look is given by a spending function of the information fraction (Lan and DeMets 1983, Biometrika 70:659, in the form
that gives O'Brien and Fleming's bounds), and its bound by integrating the density of the paths that have not crossed a
bound before (Armitage, McPherson and Rowe 1969). Intervals with these levels are valid at any look at which one stops
(repeated confidence intervals, Jennison and Turnbull 1989, JRSS B 51:305).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEVEL = 0.05
"""Two-sided error level of all looks together."""
_LEAST_STEP = 1e-3
"""Smallest increase of the information fraction between two looks that is used in computations."""
_POINTS = 600


def spent_error(fraction: float, level: float = LEVEL) -> float:
    """Error spent when `fraction` (0 to 1) of the information is available."""
    from scipy.stats import norm

    return float(4 * norm.sf(norm.ppf(1 - level / 4) / np.sqrt(min(1.0, fraction))))  # half on each side


def nominal_levels(fractions: Sequence[float], level: float = LEVEL) -> tuple[float, ...]:
    """The two-sided level of each look.

    Args:
        fractions: information fraction at each look, increasing; 1 at the final look.
        level: error level of all looks together.
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    levels: list[float] = []
    before, used = 0.0, 0.0
    points, density = np.zeros(1), np.ones(1)  # all mass at 0 before the first look; `density` includes the spacing
    for fraction in fractions:
        step = max(fraction - before, _LEAST_STEP)
        now, available = before + step, max(spent_error(min(1.0, before + step), level) - used, 1e-9)
        spread = np.sqrt(step)

        def crossing(bound: float, at: np.ndarray = points, mass: np.ndarray = density, sd: float = spread) -> float:
            return float(mass @ (norm.sf((bound - at) / sd) + norm.cdf((-bound - at) / sd)))

        bound = float(brentq(lambda b, error=available: crossing(b) - error, 0.0, 12.0 * np.sqrt(now)))
        levels.append(float(2 * norm.sf(bound / np.sqrt(now))))
        grid = np.linspace(-bound, bound, _POINTS)
        kernel = norm.pdf((grid[:, None] - points[None, :]) / spread) / spread
        weights = np.full(_POINTS, grid[1] - grid[0])
        weights[[0, -1]] /= 2
        points, density = grid, (kernel @ density) * weights
        before, used = now, used + available
    return tuple(levels)
