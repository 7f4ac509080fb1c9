import numpy as np
from scipy.sparse import csr_array

from regard.linear.solvers import fit_logistic, fit_ridge, fit_softmax

FEATURES = csr_array(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]))


def test_ridge_by_hand():
    # One feature with the values -1 and 1, and C=1: slope 2 / (2 + 1)
    features = csr_array(np.array([[-1.0], [1.0]]))
    coefficients, intercepts = fit_ridge(features, np.array([[0.0], [2.0]]), 1.0)
    np.testing.assert_allclose(coefficients, [[2 / 3]], atol=1e-4)
    np.testing.assert_allclose(intercepts, [1.0], atol=1e-4)


def test_class_without_rows_is_never_predicted():
    classes = np.array([0, 2, 0, 2])
    coefficients, intercepts = fit_softmax(FEATURES, classes, 3, np.ones((4, 1)), 1.0)
    assert coefficients.shape == (2, 3)
    assert not coefficients[:, 1].any()
    assert intercepts[1] < -10


def test_constant_output_has_no_slope():
    ideal = np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    coefficients, intercepts = fit_logistic(FEATURES, ideal, np.ones((4, 2)), 1.0)
    assert not coefficients[:, 0].any()
    assert intercepts[0] < -10
    assert coefficients[:, 1].any()
