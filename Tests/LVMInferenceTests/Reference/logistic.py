"""Logistic regression by Newton's method in numpy: estimates and standard errors of
QueryStandardErrorTests. The information is X'WX with W = p(1 - p)."""
import numpy as np

x = np.array([-2.0, -1.5, -1.2, -0.7, -0.3, 0.0, 0.2, 0.5, 0.9, 1.3, 1.8, 2.4])
y = np.array([0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1.0])
X = np.column_stack([np.ones_like(x), x])
b = np.zeros(2)
for _ in range(50):
    p = 1 / (1 + np.exp(-X @ b))
    info = X.T @ (X * (p * (1 - p))[:, None])
    b = b + np.linalg.solve(info, X.T @ (y - p))
print("estimates", [f"{v:.12g}" for v in b])
print("errors", [f"{v:.12g}" for v in np.sqrt(np.diag(np.linalg.inv(info)))])
