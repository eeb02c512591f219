"""Random experiments for property tests: a few changes away from the published ones, and short."""

import dataclasses

from hypothesis import strategies as st

import orbitopt as oo

FEW = {"epochs": 10, "n_samples": 64}


def experiments():
    """Strategy of experiments of up to 40 epochs of 16 to 64 samples."""
    changes = st.fixed_dictionaries(
        {},
        optional={
            "learning_rate": st.floats(-4, 1).map(lambda power: min(10.0**power, 10.0)),
            "schedule": st.sampled_from(list(oo.SCHEDULES)),
            "gamma": st.floats(0.01, 1),
            "batch_size": st.sampled_from([1, 2, 16]),
            "n_samples": st.integers(16, 64),
            "epochs": st.integers(1, 40),
            "start_a": st.floats(0.01, 4),
            "start_b": st.floats(0.01, 4),
            "noise_scale": st.floats(0, 0.5),
            "seed": st.integers(0, 2**32 - 1),
            "beta": st.floats(0, 0.999),
        },
    )
    return st.builds(_changed, st.sampled_from(list(oo.PUBLISHED)), changes)


def _changed(key, changes):
    whole = {"batch_size": min(oo.PUBLISHED[key].batch_size, changes.get("n_samples", 64))}
    return dataclasses.replace(oo.PUBLISHED[key], **FEW | whole | changes)
