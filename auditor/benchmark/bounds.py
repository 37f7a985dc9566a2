"""Group-sequential bounds: how sure each look must be so that all looks together err as seldom as one.

Seeds are added one after another and the difference is looked at after each. The mean of J paired seeds has the
variance ``shared + own / J`` (`auditor.benchmark.compare.Spread`), and the means at two looks have the variance of the
later one as their covariance, so looks are a Brownian motion in information ``1 / (shared + own / J)`` (Jennison and
Turnbull 2000, chapter 11) and the theory of group-sequential trials holds: the error that may be made by each look
follows from a spending function of the share of the information (Lan and DeMets 1983, Biometrika 70:659, the form that
gives O'Brien and Fleming's bounds), and the bound from integrating the density of what has not crossed yet (Armitage,
McPherson and Rowe 1969). Intervals with these levels hold at whichever look one stops (repeated confidence intervals,
Jennison and Turnbull 1989, JRSS B 51:305).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEVEL = 0.05
"""Two-sided error of all looks together."""
_LEAST_STEP = 1e-3
"""Least growth of the information between two looks; below it they are as good as one."""
_POINTS = 600


def spent(fraction: float, level: float = LEVEL) -> float:
    """Error that may have been made once `fraction` (0 to 1) of the information is there."""
    from scipy.stats import norm

    return float(4 * norm.sf(norm.ppf(1 - level / 4) / np.sqrt(min(1.0, fraction))))  # half of it on either side


def nominal_levels(fractions: Sequence[float], level: float = LEVEL) -> tuple[float, ...]:
    """The two-sided level at which each look is judged.

    Args:
        fractions: share of the largest information at each look, rising; 1 at the last look that there will be.
        level: error of all looks together.
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    levels: list[float] = []
    before, used = 0.0, 0.0
    points, density = np.zeros(1), np.ones(1)  # all mass at 0 before the first look; `density` includes the spacing
    for fraction in fractions:
        step = max(fraction - before, _LEAST_STEP)
        now, may = before + step, max(spent(min(1.0, before + step), level) - used, 1e-9)
        spread = np.sqrt(step)

        def crossing(bound: float, at: np.ndarray = points, mass: np.ndarray = density, sd: float = spread) -> float:
            return float(mass @ (norm.sf((bound - at) / sd) + norm.cdf((-bound - at) / sd)))

        bound = float(brentq(lambda b, may=may: crossing(b) - may, 0.0, 12.0 * np.sqrt(now)))
        levels.append(float(2 * norm.sf(bound / np.sqrt(now))))
        grid = np.linspace(-bound, bound, _POINTS)
        kernel = norm.pdf((grid[:, None] - points[None, :]) / spread) / spread
        weights = np.full(_POINTS, grid[1] - grid[0])
        weights[[0, -1]] /= 2
        points, density = grid, (kernel @ density) * weights
        before, used = now, used + may
    return tuple(levels)
