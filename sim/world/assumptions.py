"""Every number the model assumes about the world: value, unit, plausible range, source, meaning.

Source tags: S0-S4 are the programme owners' and partners' own accounts, F is found in public
material, K is textbook knowledge, A is an assumption of ours. docs/odd.md tells how each is used.
A rule names the assumptions it reads as its arguments.
"""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from policies.contract import Term, declared
from sim.world.errors import BadInput, shown, unknown_name


class Assumptions(NamedTuple):
    """The assumptions of one simulated world; rates are per month unless said otherwise."""

    # the market
    arpa: Annotated[
        float,
        Term("RUB per month", 2_000, 30_000, "A; S1 algebra", "Median price a new client pays."),
    ] = 10_000.0
    mrr_spread: Annotated[
        float, Term("sd of log", 0, 1.2, "A", "Spread of client size around the median.")
    ] = 0.7
    in_market: Annotated[
        float,
        Term(
            "per prospect-month",
            0.005,
            0.1,
            "A; half the market served at the decision month",
            "Chance that a prospect looks for a product like this.",
        ),
    ] = 0.03
    direct_pull: Annotated[
        float,
        Term(
            "efforts per 100 accounts",
            0.1,
            10,
            "F: 20-40 % partner-sourced when mature, 5-95",
            "Pull of the vendor's own sales, against partners' summed selling effort.",
        ),
    ] = 1.0
    outside_pull: Annotated[
        float,
        Term("efforts per 100 accounts", 0, 10, "A", "Pull of buying elsewhere or not at all."),
    ] = 2.0
    return_months: Annotated[
        int,
        Term(
            "months", 1, 60, "A", "A lost client, or its successor, may look again after so long."
        ),
    ] = 12

    # clients
    churn_floor: Annotated[
        float,
        Term(
            "per month",
            0.002,
            0.03,
            "F hosted telephony 0.3-0.7 %, small-business SaaS 3-7 %",
            "Churn hazard of a fully satisfied client without fit.",
        ),
    ] = 0.007
    churn_span: Annotated[
        float,
        Term(
            "per month",
            0.0,
            0.04,
            "F: a served client churns at 0.4-0.85 of an unserved one",
            "Extra churn hazard of a wholly dissatisfied client.",
        ),
    ] = 0.013
    churn_fit: Annotated[
        float, Term("log hazard", 0, 1.5, "F Shi 2017; A", "How much full fit lowers the hazard.")
    ] = 0.5
    frailty_spread: Annotated[
        float, Term("sd of log", 0, 1, "K", "Lasting differences between clients' hazards.")
    ] = 0.4
    switch_shock: Annotated[
        float,
        Term(
            "hazard ratio",
            1.0,
            1.6,
            "F Shi 2017; Schmitz 2020",
            "Churn hazard after a change of servicing partner.",
        ),
    ] = 1.3
    switch_shock_months: Annotated[
        int,
        Term(
            "months",
            0,
            12,
            "F Shi 2017",
            "How long churn stays raised after a change of servicing partner.",
        ),
    ] = 6
    satisfaction_memory: Annotated[
        float, Term("share", 0.5, 0.95, "A", "Part of last month's satisfaction that stays.")
    ] = 0.8
    service_reference: Annotated[
        float,
        Term("hours", 0.2, 2, "A", "Skilled hours a month that bring 63 % of full satisfaction."),
    ] = 0.6
    upsell_rate: Annotated[
        float,
        Term("MRR growth per month", 0, 0.008, "K", "Growth of MRR under full service."),
    ] = 0.004
    upsell_step: Annotated[
        float, Term("share of MRR", 0.02, 0.5, "A", "Size of one upsell; rarer when larger.")
    ] = 0.1
    attention: Annotated[
        float,
        Term(
            "per client-month",
            0.005,
            0.04,
            "F Hortacsu, Madanizadeh, Puller 2017: under 2 %",
            "Chance that a client compares its helper with another unprompted.",
        ),
    ] = 0.015
    attention_unhappy: Annotated[
        float,
        Term(
            "per client-month",
            0,
            0.1,
            "A",
            "Extra chance to compare when satisfaction is below 0.3.",
        ),
    ] = 0.03
    inertia: Annotated[
        float,
        Term(
            "logit",
            0.5,
            3,
            "F Hortacsu, Madanizadeh, Puller 2017",
            "Advantage of the present helper when a client compares.",
        ),
    ] = 1.5
    taste: Annotated[
        float,
        Term(
            "logit per unit of satisfaction",
            1,
            8,
            "A",
            "Weight of service when a client compares helpers.",
        ),
    ] = 3.0
    find_helper: Annotated[
        float,
        Term(
            "per unserved client-month",
            0.02,
            0.10,
            "S0; A",
            "Chance that a client without help finds a partner, whatever the programme.",
        ),
    ] = 0.05

    known_partner: Annotated[
        float,
        Term(
            "probability",
            0,
            1,
            "A",
            "Chance that a client without help first turns to the partner that "
            "sold to it, if that one is active and takes it on.",
        ),
    ] = 0.7

    # partners: traits
    active_share: Annotated[
        float,
        Term(
            "share of potential partners",
            0.1,
            0.8,
            "F; S1: two camps",
            "Partners who like service work; the others bring clients.",
        ),
    ] = 0.4
    productivity_spread: Annotated[
        float,
        Term(
            "sd of log",
            0.5,
            1.8,
            "F: top 20 % of partners earn 75-95 % of commission",
            "Spread of selling productivity between partners.",
        ),
    ] = 1.3
    partner_hours: Annotated[
        float, Term("hours per month", 5, 160, "A", "Median hours a partner has for this product.")
    ] = 40.0
    hour_cost: Annotated[
        float, Term("RUB per hour", 1_000, 4_000, "A", "Opportunity cost of an integrator's hour.")
    ] = 1_500.0
    cash_constrained_share: Annotated[
        float,
        Term(
            "share of partners",
            0,
            1,
            "S1: 80 % came for payout speed; A",
            "Partners for whom waiting for money hurts most.",
        ),
    ] = 0.5
    founders: Annotated[
        float,
        Term("share of potential partners", 0, 1, "A", "Partners in the programme at the start."),
    ] = 0.2

    # partners: what they see in a contract
    partner_discount: Annotated[
        float,
        Term(
            "per month",
            0.01,
            0.05,
            "K: 2-4 % a month",
            "Discount rate of partners: their impatience.",
        ),
    ] = 0.03
    expected_churn: Annotated[
        float,
        Term("per month", 0.003, 0.05, "docs/evidence.md §3", "Client churn that partners expect."),
    ] = 0.012
    present_bias: Annotated[
        float, Term("factor", 0.74, 0.92, "F IZA DP 14625", "Worth now of any later rouble.")
    ] = 0.87
    waiting_pain: Annotated[
        float,
        Term("share", 0, 0.6, "S1; A", "Value lost by a cash-constrained partner at 45 days."),
    ] = 0.3
    rival_rate: Annotated[
        float,
        Term(
            "RUB per RUB invoiced",
            0,
            0.6,
            "S3: partners get 15 offers a day; A",
            "Recurring commission the rival offers, paid after 30 days.",
        ),
    ] = 0.20
    rival_theta: Annotated[
        float, Term("logit", 0, 5, "A", "How strongly partners steer buyers to the better pay.")
    ] = 2.0
    service_income: Annotated[
        float,
        Term(
            "RUB margin per RUB of first-year licence",
            0,
            2,
            "F Microsoft/IDC: services are 2.5-6 times licence; A 15 % margin",
            "What a serving partner earns from the client.",
        ),
    ] = 0.6
    passive_service: Annotated[
        float,
        Term(
            "probability",
            0,
            0.8,
            "S1: some only bring the client; A",
            "Chance that a passive seller also starts servicing.",
        ),
    ] = 0.4
    active_service: Annotated[
        float,
        Term(
            "probability",
            0.5,
            1,
            "S1: full service; A",
            "Chance that an active seller starts servicing.",
        ),
    ] = 0.95

    # partners: work
    effort_elasticity: Annotated[
        float,
        Term(
            "elasticity",
            0.2,
            0.5,
            "F Albers, Mantrala, Sridhar 2010",
            "Growth of sales with selling hours.",
        ),
    ] = 0.34
    effort_habit: Annotated[
        float, Term("share", 0, 0.95, "A", "Part of last month's selling effort that stays.")
    ] = 0.8
    dormant_referral: Annotated[
        float,
        Term(
            "share of effort",
            0,
            0.3,
            "S1: ex-integrators still refer",
            "Selling effort that a dormant partner keeps.",
        ),
    ] = 0.05
    courting_hours: Annotated[
        float,
        Term(
            "share of free hours",
            0,
            0.8,
            "A",
            "Most a partner spends on courting others' clients, when that is all that pays.",
        ),
    ] = 0.3
    poaching: Annotated[
        float,
        Term(
            "per account-month",
            0,
            0.08,
            "A",
            "Chance that a served account is courted when "
            "gaining one pays partners as much as winning one.",
        ),
    ] = 0.01
    matching: Annotated[
        float,
        Term(
            "logit", 0, 2, "A", "Extra loyalty when the incumbent is paid and defends the account."
        ),
    ] = 0.5
    asking: Annotated[
        float,
        Term(
            "per account-month",
            0,
            0.3,
            "A",
            "Chance that an unrecognised servicing partner asks "
            "its client for recognition, where recognition pays.",
        ),
    ] = 0.10
    screening: Annotated[
        float,
        Term(
            "fit",
            0,
            0.5,
            "F Kim, Sudhir, Uetake, Canales 2019",
            "Rise of a won client's fit with the seller's lasting stake.",
        ),
    ] = 0.25
    paid_hours: Annotated[
        float,
        Term(
            "hours per month",
            0.1,
            2,
            "F services 2.5-6 per licence; A",
            "Service hours the client itself pays for.",
        ),
    ] = 0.6
    stake_hours: Annotated[
        float,
        Term(
            "hours per month",
            0,
            1,
            "Holmstrom-Milgrom; A",
            "Extra hours for each e-fold of the stake ratio above 1.",
        ),
    ] = 0.6
    goodwill_hours: Annotated[
        float,
        Term("hours per month", 0, 0.6, "S0; A", "Unpaid hours of a fully motivated partner."),
    ] = 0.3
    diligence_hours: Annotated[
        float,
        Term(
            "hours per month",
            0,
            2,
            "S2; A",
            "Service hours added where all pay hangs on measured good service.",
        ),
    ] = 0.6
    hour_effect: Annotated[
        float,
        Term(
            "per hour and month",
            0.005,
            0.05,
            "docs/evidence.md §3, stake ratio",
            "Churn avoided plus growth that a partner credits to one monthly hour.",
        ),
    ] = 0.025
    lapse: Annotated[
        float,
        Term(
            "per served client-month",
            0.005,
            0.03,
            "S0; A",
            "Chance that a servicing partner stops working for a client.",
        ),
    ] = 0.008
    passive_lapse: Annotated[
        float,
        Term(
            "ratio",
            1,
            5,
            "S1: some only bring the client; A",
            "Lapses of passive partners, against those of active ones.",
        ),
    ] = 1.5
    dormant_lapse: Annotated[
        float,
        Term(
            "per served client-month",
            0.01,
            0.5,
            "A",
            "Chance that a dormant partner stops working for a client.",
        ),
    ] = 0.03
    ritual: Annotated[
        float,
        Term(
            "per account-month",
            0,
            0.3,
            "A; F HubSpot 2023 measures activity",
            "Chance of a token touch that only keeps a record, where one does.",
        ),
    ] = 0.10
    expected_request: Annotated[
        int,
        Term(
            "months",
            1,
            60,
            "A",
            "How long a partner who does not serve expects to keep the "
            "record before the client asks for another.",
        ),
    ] = 12
    unpaid_steering: Annotated[
        float,
        Term(
            "per account-month",
            0,
            0.02,
            "A; mirror of F Australia's trail commission",
            "Chance that an unpaid, unmotivated servicing partner moves its client to a rival.",
        ),
    ] = 0.002
    dispossessed_steering: Annotated[
        float,
        Term(
            "per account-month",
            0,
            0.10,
            "A; docs/evidence.md §4.9",
            "Chance that a partner who lost the record moves the client to a rival.",
        ),
    ] = 0.02
    dispossessed_months: Annotated[
        int,
        Term(
            "months",
            0,
            24,
            "A",
            "How long after losing the record a partner can still move the client to a rival.",
        ),
    ] = 6

    # partners: feelings
    motivation_base: Annotated[
        float, Term("0-1", 0.3, 0.9, "A", "Motivation when nothing speaks for or against.")
    ] = 0.6
    motivation_speed: Annotated[
        float, Term("per month", 0.02, 0.5, "A", "Part of the gap to its target closed each month.")
    ] = 0.1
    envy: Annotated[
        float,
        Term(
            "motivation",
            0.24,
            0.61,
            "F Nunnari & Pozzi 2022: alpha 0.43",
            "Motivation lost when all the MRR one services pays others.",
        ),
    ] = 0.43
    unpaid_weight: Annotated[
        float,
        Term(
            "ratio",
            0,
            1,
            "Adams 1963; A",
            "Injustice of work for which nobody earns a "
            "commission, against work for which somebody else does.",
        ),
    ] = 0.5
    guilt: Annotated[
        float,
        Term(
            "motivation",
            0.22,
            0.36,
            "F Nunnari & Pozzi 2022: beta 0.29",
            "Motivation lost when all one's pay is for others' work; counts a tenth.",
        ),
    ] = 0.29
    agent_share: Annotated[
        float,
        Term(
            "share of passive partners",
            0,
            1,
            "S4; A",
            "Passive partners who would register their clients themselves, not only recommend.",
        ),
    ] = 0.5
    training_gain: Annotated[
        float, Term("ratio", 0, 0.5, "S2, S3; A", "Rise of service skill with full training.")
    ] = 0.2
    onboarding_deterrence: Annotated[
        float,
        Term("share per month", 0, 0.5, "S3, S4; A", "Entry lost for each month of onboarding."),
    ] = 0.15
    consent: Annotated[
        float,
        Term("per request", 0, 1, "A", "Chance that a partner agrees to hand a client over."),
    ] = 0.3
    observability: Annotated[
        float,
        Term(
            "0-1",
            0,
            1,
            "F Breza, Kaur, Shamdasani 2018; A",
            "How far partners can see each other's contributions, which softens envy.",
        ),
    ] = 0.3
    loss_aversion: Annotated[
        float,
        Term(
            "ratio", 1.8, 2.1, "F Brown, Imai, Vieider, Camerer 2024", "Losses against equal gains."
        ),
    ] = 2.0
    shock_weight: Annotated[
        float,
        Term(
            "motivation",
            0,
            0.3,
            "F Kube, Marechal, Puppe 2013",
            "Motivation moved by losing all one's pay at once, before loss aversion.",
        ),
    ] = 0.1
    notice_relief: Annotated[
        float,
        Term("per month", 0, 1, "A", "How far each month of notice softens the shock of a cut."),
    ] = 0.1
    gain_weight: Annotated[
        float,
        Term(
            "motivation",
            0,
            0.1,
            "F Kube, Marechal, Puppe 2013",
            "Motivation moved by gaining all one's pay at once.",
        ),
    ] = 0.02
    income_weight: Annotated[
        float,
        Term("motivation", 0, 0.6, "A", "Swing of motivation with income against reference."),
    ] = 0.3
    reference_speed: Annotated[
        float,
        Term("per month", 0, 0.2, "A", "How fast the reference income follows income."),
    ] = 0.03
    chat_weight: Annotated[
        float,
        Term("motivation", 0, 1, "S0; A", "Motivation lost per unit of grievance in the chat."),
    ] = 0.25
    clarity_weight: Annotated[
        float,
        Term("motivation per clause", 0, 0.1, "S1 v2, S2; A", "Motivation lost to complexity."),
    ] = 0.03
    care_weight: Annotated[
        float,
        Term("motivation", 0, 0.3, "S1, S4; A", "Swing of motivation with the vendor's care."),
    ] = 0.1
    speed_weight: Annotated[
        float, Term("motivation", 0, 0.5, "S1; A", "Swing of motivation with the speed of payout.")
    ] = 0.2
    trust_speed: Annotated[
        float, Term("per month", 0, 0.2, "A", "How fast trust in the vendor heals.")
    ] = 0.03
    belief_speed: Annotated[
        float, Term("per month", 0.02, 0.5, "A", "Weight of this month's outcomes in beliefs.")
    ] = 0.1

    # partners: coming and going
    entry: Annotated[
        float,
        Term(
            "per potential partner-month",
            0.002,
            0.05,
            "S3: 60 companies in 9 months; A",
            "Chance of joining at ordinary reputation and at pay equal to the rival's.",
        ),
    ] = 0.010
    dormancy: Annotated[
        float,
        Term(
            "per active partner-month",
            0.002,
            0.05,
            "S0; F: 10-50 % of members active",
            "Chance that one who likes service falls dormant at base motivation.",
        ),
    ] = 0.009
    passive_dormancy: Annotated[
        float,
        Term(
            "hazard ratio",
            1,
            4,
            "A; S2, S4: nominal members, who expect a magic button",
            "Dormancy of one who does not like service, against one who does.",
        ),
    ] = 2.0
    revival: Annotated[
        float,
        Term(
            "per dormant partner-month",
            0,
            0.05,
            "A",
            "Chance that a dormant partner becomes active again.",
        ),
    ] = 0.012
    aspiration: Annotated[
        float,
        Term(
            "RUB per month",
            5_000,
            200_000,
            "S1: 19 429 RUB per partner-year on average; A",
            "Residual income that lets a partner coast.",
        ),
    ] = 30_000.0
    exit: Annotated[
        float,
        Term(
            "per partner-month",
            0.001,
            0.03,
            "F LIMRA; Sunder 2017: 15-40 % early, 5-10 % a year",
            "Chance of leaving the programme at base motivation.",
        ),
    ] = 0.006
    early_exit: Annotated[
        float,
        Term(
            "ratio",
            1,
            5,
            "F LIMRA",
            "Exits in the first 24 months as a member, against later ones.",
        ),
    ] = 2.0
    peer_exit: Annotated[
        float,
        Term(
            "ratio per share of peers",
            0,
            30,
            "F Sunder 2017",
            "Rise of the chance of leaving with last month's exits of others.",
        ),
    ] = 10.0

    # the vendor
    gross_margin: Annotated[
        float, Term("share of revenue", 0.60, 0.85, "K", "Revenue left after the cost of serving.")
    ] = 0.75
    vendor_discount: Annotated[
        float, Term("per year", 0.10, 0.30, "K", "The vendor's discount rate.")
    ] = 0.20
    direct_cac: Annotated[
        float,
        Term("months of gross margin", 6, 24, "K", "Cost of winning one client directly."),
    ] = 12.0
    unserved_cost: Annotated[
        float,
        Term(
            "RUB per client-month", 0, 1_000, "A", "Vendor's own support of a client nobody serves."
        ),
    ] = 200.0
    member_cost: Annotated[
        float, Term("RUB per partner-month", 0, 5_000, "A", "Cost of running the programme.")
    ] = 500.0
    care_cost: Annotated[
        float,
        Term("RUB per partner-month", 0, 5_000, "A", "Cost of full personal care of one partner."),
    ] = 1_000.0
    training_cost: Annotated[
        float,
        Term("RUB per partner-month", 0, 10_000, "A", "Cost of fully training a partner."),
    ] = 1_000.0
    registry_cost: Annotated[
        float, Term("RUB per partner-month", 0, 2_000, "A", "Cost of keeping a deal registry.")
    ] = 200.0
    record_error: Annotated[
        float,
        Term(
            "per sale",
            0,
            0.05,
            "S1: missing promo codes; A",
            "Chance of a missing record under a simple programme.",
        ),
    ] = 0.01
    correction: Annotated[
        float,
        Term(
            "per month",
            0,
            1,
            "S1: always corrected in the partner's favour",
            "Chance that a missing record is corrected.",
        ),
    ] = 0.3
    dispute: Annotated[
        float,
        Term("per contested move", 0.05, 0.50, "A", "Chance that a moved record is disputed."),
    ] = 0.15
    dispute_cost_low: Annotated[
        float, Term("RUB", 0, 20_000, "A", "Least a dispute costs the vendor.")
    ] = 3_000.0
    dispute_cost_high: Annotated[
        float, Term("RUB", 0, 100_000, "A", "Most a dispute costs the vendor.")
    ] = 20_000.0
    dispute_harm: Annotated[
        float, Term("trust", 0, 0.5, "S2: opaque terms destroy trust; A", "Trust a dispute costs.")
    ] = 0.05


def changed(before: Assumptions, numbers: Mapping[str, float], where: str) -> Assumptions:
    """Return assumptions of which some differ, each within its declared range.

    Parameters
    ----------
    where : who says so, for the error.

    Raises
    ------
    BadInput
        If there is no such assumption, or its number is out of range.
    """
    legal = declared(Assumptions)
    given: dict[str, Any] = {}
    for name, value in numbers.items():
        if name not in legal:
            raise unknown_name("assumption", name, legal, where)
        term = legal[name]
        is_whole = isinstance(Assumptions._field_defaults[name], int)
        is_number = isinstance(value, int if is_whole else (int, float))
        if not is_number or isinstance(value, bool) or not term.low <= value <= term.high:
            kind = "a whole number" if is_whole else "a number"
            raise BadInput(
                f"{where}: {name}: {shown(value)} is not {kind} from {term.low:g} to {term.high:g} "
                f"{term.unit}."
            )
        given[name] = value if is_whole else float(value)
    return before._replace(**given)
