"""What a ruling means: its case is put into a market, and the market's own month decides it."""

import tomllib
from decimal import Decimal
from typing import NamedTuple

from policies.contract import CURATOR, Account, Credit
from policies.registry import load
from sim.engines.agents import Client, Partner
from sim.engines.ledger import Ledger
from sim.engines.model import PartnerMarket
from sim.engines.outcome import ACTIVE, CLIENT, LEFT, ROLES, Month
from sim.study.user_policy.load import ORDINARY
from sim.world.assumptions import Assumptions
from sim.world.errors import BadInput
from sim.world.luck import Draw
from sim.world.programme import Conduct, programme
from sim.world.units import KOPECKS, NEVER

NOW = 2 * NEVER
"""the month of every ruling; whatever may have been before has been"""
NO_CHANCE = Assumptions(correction=0.0, upsell_rate=0.0)
"""records are corrected and clients buy more only where a ruling says so"""
HOLDERS = Credit._fields
"""roles that a partner holds on an account"""
AMOUNTS = ("payment", "due")
CLAIMS = ("leaves",)
WHO = ("vacant", "left")


class BadRuling(Exception):  # noqa: N818 - named for what it tells the reader
    """A ruling that cannot be read; the message says what and what is allowed."""


class Given(NamedTuple):
    """The case of a ruling."""

    account: Account
    payment: int
    """kopecks"""
    due: int
    """kopecks due from before to each partner who sold, has or serves the account"""
    leaves: bool
    """the client leaves in place of paying"""
    vacant: list[str]
    left: list[str]


# --- reading ---------------------------------------------------------------------------------


def read(path):
    """Return the policy and the case of each ruling of a file."""
    content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    only(content, {"policy", "case"}, path.name)
    return [(content["policy"], one) for case in content["case"] for one in each(case)]


def each(case):
    """Yield a case, or one for each month where its tenure is a list of months."""
    months = case["given"].get("tenure")
    if not isinstance(months, list):
        yield case
        return
    for month in months:
        title = f"{case['title'].removesuffix('.')}: month {month}."
        yield {**case, "title": title, "given": {**case["given"], "tenure": month}}


def only(table, legal, where):
    """Refuse keys that mean nothing here."""
    for key in table:
        if key not in legal:
            raise BadRuling(f"{where}: unknown key {key!r}; allowed: {', '.join(sorted(legal))}")


def kopecks(rub):
    """Return a sum in RUB as whole kopecks."""
    whole = Decimal(rub) * KOPECKS
    if isinstance(rub, bool) or whole != int(whole):
        raise BadRuling(f"{rub!r} RUB is not a sum in whole kopecks")
    return int(whole)


def owed(rub):
    """Return a sum in RUB that nobody can owe less than nothing of, as whole kopecks."""
    if kopecks(rub) < 0:
        raise BadRuling(f"{rub!r} RUB is less than nothing")
    return kopecks(rub)


def fact(name, value):
    """Return a fact of an account as the policy is told it, if it can be true."""
    kind = type(getattr(ORDINARY, name))
    told = float(value) if kind is float and type(value) is Decimal else value
    if type(told) is not kind:
        raise BadRuling(f"{name}: {value!r} is not a {kind.__name__}")
    most = {"originator_role": CURATOR}.get(name, 1.0 if kind is float else NEVER)
    if not 0 <= told <= most:
        raise BadRuling(f"{name}: {value!r} is not from 0 to {most:g}")
    return told


def implied(facts, vacant, left):
    """Return what goes without saying, given some facts."""
    plain = dict.fromkeys(("record_age", "servicing_age"), facts.get("tenure", ORDINARY.tenure))
    if facts.get("originator_serves") is False:
        plain["servicing_age"] = facts.get("originator_idle", plain["servicing_age"])
    if facts.get("client_asked"):
        plain["request_age"] = 0
    if facts.get("has_record") is False or "partner_of_record" in left:
        plain |= {"has_record": False, "record_serves": False, "record_clients": 0}
        plain |= dict.fromkeys(("record_idle", "record_age", "record_quiet"), NEVER)
        plain["is_orphaned"] = "partner_of_record" in left
    if "originator" in vacant:
        plain |= {"originator_serves": False, "originator_idle": NEVER}
    if "servicing_partner" in vacant:
        plain |= {"quality": 0.0, "servicing_age": NEVER}
    return plain


def given_in(case):
    """Return the case of a ruling, as far as it can be read."""
    given = case["given"]
    only(given, {*AMOUNTS, *CLAIMS, *WHO, *Account._fields}, "given")
    facts = {name: fact(name, value) for name, value in given.items() if name in Account._fields}
    vacant, left = (list(given.get(key, [])) for key in WHO)
    only(vacant, HOLDERS, "given.vacant")
    only(left, set(HOLDERS) - {"servicing_partner"}, "given.left")
    return Given(
        ORDINARY._replace(**{**implied(facts, vacant, left), **facts}),
        owed(given["payment"]),
        owed(given.get("due", 0)),
        given.get("leaves", False) is True,
        vacant,
        left,
    )


def programme_of(name, terms):
    """Return a programme under a ruling's terms, if they are legal."""
    usual = {**load(name).terms._asdict(), **Conduct._field_defaults}
    for key, value in terms.items():
        if isinstance(usual.get(key), int) and type(value) is not type(usual[key]):
            raise BadRuling(f"terms.{key}: {value} is not a {type(usual[key]).__name__}")
    numbers = {key: float(one) if type(one) is Decimal else one for key, one in terms.items()}
    try:
        return programme(name, **numbers)
    except BadInput as fault:
        raise BadRuling(f"terms: {fault}") from None


def expected(case):
    """Return what a ruling expects; money in kopecks."""
    expect = dict(case["expect"])
    only(expect, {*ROLES, "vendor", "record_moves", "paid_out"}, "expect")
    others = {"record_moves": expect.pop("record_moves")}
    if "paid_out" in expect:
        others["paid_out"] = owed(expect.pop("paid_out"))
    vendor = kopecks(expect.pop("vendor", 0))
    leaves = case["given"].get("leaves", False)
    sums = {role: (kopecks if leaves else owed)(rub) for role, rub in expect.items()}
    money = {**dict.fromkeys(ROLES, 0), **sums, "vendor": vendor}
    if sum(money.values()) != (0 if leaves else kopecks(case["given"]["payment"])):
        raise BadRuling("expect: the parts do not add up to the payment")
    return {**money, **others}


# --- the market ------------------------------------------------------------------------------


def decided(name, case):
    """Return what a policy says on a ruling's case, in the ruling's words; money in kopecks."""
    only(case, {"title", "terms", "given", "expect"}, "case")
    given, agreed = given_in(case), programme_of(name, case.get("terms", {}))
    if given.leaves and given.account.tenure == 0:
        raise BadRuling("leaves: in the month of its first payment a client pays")
    market = PartnerMarket(
        partners=4,
        clients=1,
        seed=1,
        incumbent=agreed,
        assumptions=NO_CHANCE._replace(consent=float(given.account.has_consent)),
    )
    (client,) = market.clients
    for partner in market.partners:
        partner.status = ACTIVE
    market.plan()
    put(client, given, given.account)
    refuse_contradictions(client, given)
    for partner in (client.originator, client.partner_of_record, client.servicing_partner):
        if partner is not None:
            partner.ready = given.due
    if given.leaves:
        for tenure in range(given.account.tenure):
            put(client, given, given.account._replace(tenure=tenure))
            settle(market, client, leaves=False)
        put(client, given, given.account)
    market.tally, market.ledger = dict.fromkeys(Month._fields, 0), Ledger()
    client.update_record()
    settle(market, client, given.leaves)
    return told(market)


def put(client, given, account):
    """Put an account's facts and partners into a market."""
    market = client.model
    market.month, market.study_month = NOW, NOW if account.is_old else -NOW
    seller, record, helper, upseller = people(market.partners, given, account)
    for partner in market.partners:
        partner.status = ACTIVE
        partner.role = account.originator_role
        partner.held_clients, partner.held_clients_before = 0, account.record_clients
        partner.last_win_month = month_of(account.record_quiet)
    if record is not None:
        record.held_clients = max(account.record_clients - 1, 0)
    for role, partner in zip(HOLDERS, (seller, record, helper, upseller), strict=True):
        if role in given.left:
            partner.status = LEFT
    client.status, client.proneness = CLIENT, 1.0
    client.originator, client.partner_of_record = seller, record
    client.servicing_partner, client.upseller = helper, upseller
    client.who_worked = helper if account.is_serviced else None
    client.client_asked = account.client_asked
    client.quality = account.quality
    client.mrr = given.payment
    client.first_mrr = given.payment - round(account.upsold_share * given.payment)
    client.won_month = month_of(account.tenure)
    client.originator_worked = month_of(account.originator_idle)
    client.record_worked = month_of(account.record_idle)
    client.record_month = month_of(account.record_age)
    client.helper_month = month_of(account.servicing_age)
    client.asked_month = month_of(account.request_age)


def month_of(age):
    """Return the month that is so many months ago."""
    return -1 if age == NEVER else NOW - age


def people(partners: list[Partner], given: Given, account: Account):
    """Return who holds each role: as few partners as the facts allow."""
    seller, another, helper, upseller = partners
    if account.originator_serves:
        helper = seller
    have_left = {"originator", "partner_of_record"} & set(given.left)
    same = len(have_left) == 2 or (
        not have_left
        and account.record_serves == account.originator_serves
        and account.record_idle == account.originator_idle
        and "originator" not in given.vacant
    )
    record = helper if account.record_serves else seller if same else another
    if not account.has_record and "partner_of_record" not in have_left:
        record = None
    holders = (seller, record, helper, upseller)
    return [
        None if role in given.vacant else holder
        for role, holder in zip(HOLDERS, holders, strict=True)
    ]


def refuse_contradictions(client: Client, given: Given):
    """Refuse facts that cannot be true together: the market would tell the policy others."""
    seen = client.as_seen_by_policy(given.payment)
    for name, value in given.account._asdict().items():
        if abs(value - getattr(seen, name)) > 1e-9:
            now = getattr(seen, name)
            raise BadRuling(f"{name}: {value} contradicts the other facts; by them it is {now}")
    for name in ("originator_idle", "record_idle", "record_age", "servicing_age"):
        since = getattr(given.account, name)
        if given.account.tenure < since < NEVER:
            raise BadRuling(f"{name}: {since} is longer ago than the tenure of the account")
    helper = client.servicing_partner
    if helper is not None and helper.status == LEFT:
        raise BadRuling("left: who has left the programme does not serve")
    working = {"originator": client.originator, "record": client.partner_of_record}
    for who, partner in working.items():
        idle = getattr(given.account, f"{who}_idle")
        if partner is not None and partner is client.who_worked and idle:
            raise BadRuling(f"{who}_idle: {idle} contradicts that it serves")


def settle(market: PartnerMarket, client: Client, leaves: bool):
    """Let the client pay or leave, and the market divide the payment and pay out what is due."""
    market.luck(Draw.CHURN)[client.index] = 0.0 if leaves else 1.0
    client.settle_bill()
    market.customers = [client] if client.status == CLIENT else []
    market.settle()


def told(market: PartnerMarket):
    """Return what the month came to; money in kopecks."""
    paid = dict.fromkeys(ROLES, 0)
    for _, _, _, role, sum_ in market.ledger.entries:
        paid[ROLES[role]] += sum_
    paid["originator"] += paid["clawback"]
    paid["clawback"] = 0
    return {
        **paid,
        "vendor": market.tally["vendor_kept"],
        "record_moves": market.tally["record_moves"] > 0,
        "paid_out": market.tally["paid_out"],
    }
