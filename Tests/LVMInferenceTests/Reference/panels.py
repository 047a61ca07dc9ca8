"""Optima of models whose integrands have kinks or two modes: Gauss-Legendre panels between the kinks of each unit,
known here, and Nelder-Mead; and Gamma densities of large shape. Numbers of PanelTests.swift. Needs numpy, scipy, mpmath."""

import numpy as np
from scipy import optimize
Y=[0.3,2.1,-0.7,1.4,3.9,0.9,-0.2,5.2,1.1,0.4,2.7,-1.3,0.8,1.9,0.1,3.1]; G=[0,0,1,1,2,2,3,3]*2
x,w=np.polynomial.legendre.leggauss(40)
def integ(f,breaks):
    e=np.unique(np.r_[np.linspace(-9,9,37),[b for b in breaks if -9<b<9]])
    z=np.concatenate([(a+b)/2+(b-a)/2*x for a,b in zip(e,e[1:])]); lw=np.concatenate([np.log((b-a)/2*w) for a,b in zip(e,e[1:])])
    v=f(z)-.5*z*z-0.9189385332046727+lw; t=v.max(); return t+np.log(np.exp(v-t).sum())
nrm=lambda mean:(lambda y,m,s,z:-.5*((y-m-mean(z))/s)**2-np.log(s)-0.9189385332046727)
lap=lambda y,m,s,z:-abs(y-m-z)/s-np.log(2*s)
for nm,d,br in [("laplace",lap,lambda y,m:[y-m]),("square",nrm(lambda z:z*z),lambda y,m:[0]),("abs",nrm(np.abs),lambda y,m:[0]),("max",nrm(lambda z:np.maximum(z,0)),lambda y,m:[0])]:
    for grp in (0,1):
        def loss(p):
            m,s=p[0],np.exp(p[1])
            if not grp: return -sum(integ(lambda z:d(y,m,s,z),br(y,m)) for y in Y)
            return -sum(integ(lambda z:sum(d(y,m,s,z) for y,g in zip(Y,G) if g==k),[b for y,g in zip(Y,G) if g==k for b in br(y,m)]) for k in range(4))
        best=min((optimize.minimize(loss,s0,method="Nelder-Mead",options=dict(xatol=1e-8,fatol=1e-11,maxiter=800)) for s0 in ([.3,-.2],[1,.3],[-.5,-1])),key=lambda r:r.fun)
        print(nm,grp,repr(-best.fun),best.x[0],np.exp(best.x[1]),flush=True)

import mpmath

mpmath.mp.dps = 60
for a, rows in [(1e8, [1.0001, 0.9998]), (1e12, [1.000001, 0.9999985])]:
    a, rows = mpmath.mpf(a), [mpmath.mpf(x) for x in rows]
    r = len(rows) * a / sum(rows)
    print("gamma", a, mpmath.nstr(
        sum(a * mpmath.log(r) - mpmath.loggamma(a) + (a - 1) * mpmath.log(x) - r * x for x in rows), 17))
