"""A policy says the same in another process, whether or not that process knows its module."""

import importlib.util
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import ModuleType

import cloudpickle
import pytest

from policies.registry import Policy, available, from_module, load
from sim.study.crew import Crew
from sim.study.experiment import run
from sim.world import scenario
from sim.world.programme import programme

TAIL = '''
"""Tail: the originator is paid for some months, then whoever serves."""

from typing import Annotated, NamedTuple

from policies.contract import Account, Credit, Rate, Term, rule, share

LEAST = 0.25


@rule
def is_early(tenure: int, months: int) -> bool:
    return tenure < months


class Terms(NamedTuple):
    rate: Rate = 0.20
    tail_months: Annotated[int, Term("months", 0, 120, "A", "How long the sale is paid.")] = 24


@rule
def credit(terms: Terms, account: Account) -> Credit:
    if is_early(account.tenure, terms.tail_months):
        return share(originator=1.0 - LEAST, servicing_partner=LEAST)
    return share(servicing_partner=1.0)


@rule
def record_moves(terms: Terms, account: Account) -> bool:
    return account.servicing_age >= terms.tail_months
'''

ASK = """
import pickle, sys
from policies.contract import Account
policy, = pickle.load(sys.stdin.buffer)
account = Account(*{account})
print(policy.name, dict(policy.terms._asdict()), policy.credited(account).originator,
      policy.moves_record(account), policy.commission_rate(account))
"""
ACCOUNT = (6, True, False, False, False, True, 6, 6, 12, 7)


@pytest.fixture
def tail(tmp_path, monkeypatch):
    """A policy of a user's own file, imported as `tail`."""
    (tmp_path / "tail.py").write_text(TAIL, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tail", raising=False)  # another test's of this name
    yield from_module(importlib.import_module("tail"), {"tail_months": 7})
    del sys.modules["tail"]


def typed_in(name: str = "typed_in") -> Policy:
    """A policy that was never in a file, as in a notebook."""
    module = ModuleType(name)
    exec(TAIL, module.__dict__)
    return from_module(module, {"tail_months": 7})


def elsewhere(code: str, sent: bytes, **environment: str) -> str:
    """Run code in a process that knows of no file of the user's."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        input=sent,
        capture_output=True,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


@pytest.mark.parametrize("pickler", [pickle, cloudpickle])
def test_users_policy_says_the_same_where_its_file_is_not(tail, pickler):
    said = elsewhere(ASK.format(account=ACCOUNT), pickler.dumps((tail,)))
    assert said == "tail {'rate': 0.2, 'tail_months': 7} 0.75 True 0.2"


def test_policy_without_a_file_travels(tmp_path):
    said = elsewhere(ASK.format(account=ACCOUNT), pickle.dumps((typed_in(),)))
    assert said == "typed_in {'rate': 0.2, 'tail_months': 7} 0.75 True 0.2"


def test_programme_keeps_its_name_and_changed_terms(tail):
    sent = programme("long tail", tail, tail_months=9, rate=0.3)
    there = pickle.loads(pickle.dumps(sent))
    assert there.name == "long tail"
    assert there.policy.terms._asdict() == {"rate": 0.3, "tail_months": 9}
    assert there.conduct == sent.conduct


@pytest.mark.parametrize("name", available())
def test_shipped_policy_is_the_very_same_there(name):
    here = load(name, {"rate": 0.123})
    parcel = pickle.dumps(here)
    there = pickle.loads(parcel)
    assert there == here
    assert there.credit is here.credit
    assert type(there.terms) is type(here.terms)
    assert here.source.encode() not in parcel


def test_namesake_of_a_shipped_policy_stays_itself():
    impostor = typed_in("client_choice")
    said = elsewhere(ASK.format(account=ACCOUNT), pickle.dumps((impostor,)))
    assert said == "client_choice {'rate': 0.2, 'tail_months': 7} 0.75 True 0.2"


def test_shipped_policy_with_another_rule_keeps_it():
    bent = replace(load("first_sale_lock"), credit=load("active_servicer").credit)
    there = pickle.loads(pickle.dumps(bent))
    assert there.credit.py_func.__code__ == load("active_servicer").credit.py_func.__code__


def test_one_policy_sent_twice_is_compiled_once_there(tail):
    code = (
        "import pickle, sys; one, other = map(pickle.loads, pickle.load(sys.stdin.buffer));"
        "print(one.credit is other.credit, type(one.terms) is type(other.terms))"
    )
    changed = replace(tail, terms=tail.terms._replace(rate=0.5))
    sent = pickle.dumps([pickle.dumps(tail), pickle.dumps(changed)])
    assert elsewhere(code, sent) == "True True"


def test_policy_is_sent_from_many_threads_at_once():
    fresh = [typed_in(f"typed_{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        for policy in fresh:
            parcels = list(threads.map(pickle.dumps, [policy] * 16))
            assert {pickle.loads(parcel).credit for parcel in parcels} == {policy.credit}


def test_mesa_processes_run_a_users_policy(tail):
    small = scenario.load()._replace(
        partners=12,
        clients=120,
        burn_in_months=6,
        years=1,
        seeds=2,
        programmes=(programme("first_sale_lock"), programme("tail", tail)),
    )
    ours = run(small, Crew("compiled", at_once=1)).runs
    theirs = run(small, Crew("mesa", at_once=2)).runs
    assert ours["digest"].tolist() == theirs["digest"].tolist()
    assert ours["digest"].nunique() == 4


def test_disk_cache_holds_nothing_of_a_users_terms(tmp_path):
    """It would outlive a change of them, and stop whoever does not know their module."""
    pay = """
import sys
from policies.contract import Account
from policies.registry import from_module, load
from sim.engines.compiled.market import commission_rate
if {knows}:
    import tail
    terms = from_module(tail).terms
else:
    terms = load("client_choice").terms
print(commission_rate(terms, Account(*{account})))
"""
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    file = tmp_path / "tail.py"
    ours = pay.format(knows=True, account=ACCOUNT)
    text = TAIL.replace("rate: Rate = 0.20", "rate: Rate = 0.20\n    other: Rate = 0.50")
    file.write_text(text, encoding="utf-8")
    assert elsewhere(ours, b"", PYTHONPATH=str(tmp_path), **cache) == "0.2"
    swapped = TAIL.replace("rate: Rate = 0.20", "other: Rate = 0.50\n    rate: Rate = 0.20")
    file.write_text(swapped, encoding="utf-8")
    assert elsewhere(ours, b"", PYTHONPATH=str(tmp_path), **cache) == "0.2"
    file.unlink()
    assert elsewhere(pay.format(knows=False, account=ACCOUNT), b"", **cache) == "0.2"
