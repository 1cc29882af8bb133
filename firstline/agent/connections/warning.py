"""Warnings when what may be spent on models in a month runs low: in the product and by mail, each level once (SW7)."""

from sqlalchemy import select, update

from firstline.agent import queries as agents
from firstline.agent.connections import queries
from firstline.agent.connections.rules import MICROS, Standing, crossed, percent
from firstline.agent.connections.tables import model_month
from firstline.kit.database import Tx
from firstline.kit.events import emit
from firstline.people.notices import notify_holders
from firstline.people.queries import the_account
from firstline.people.rules import Permission


def warn_if_due(tx: Tx, scope: str) -> None:
    """Tell those who hold *Billing* when a level of the account's or an agent's limit is reached, each level once a month."""
    month = queries.this_month(tx)
    mine = (model_month.c.scope == scope, model_month.c.month == month)
    warned = tx.scalar(select(model_month.c.warned).where(*mine).with_for_update())
    (standing,) = queries.standings(tx, (scope,))
    levels = crossed(warned, percent(standing))
    if warned is None or not levels:
        return
    tx.execute(update(model_month).where(*mine).values(warned=levels[-1]))
    emit(tx, "model_spend.warned", scope, percent=levels[-1], month=month)
    subject, text = letter(standing, levels[-1], _whose(tx, scope), the_account(tx).timezone)
    notify_holders(tx, Permission.MANAGE_BILLING, subject, text)


def limit_changed(tx: Tx, scope: str) -> None:
    """Another limit is another thing to warn of: levels that it is below again count anew, those it is above already are told."""
    (standing,) = queries.standings(tx, (scope,))
    reached = crossed(0, percent(standing))
    mine = (model_month.c.scope == scope, model_month.c.month == queries.this_month(tx))
    level = reached[-1] if reached else 0
    tx.execute(update(model_month).where(*mine, model_month.c.warned > level).values(warned=level))
    warn_if_due(tx, scope)


def letter(standing: Standing, level: int, whose: str, zone: str) -> tuple[str, str]:
    """Subject and text of the mail.

    :param whose: the agent's name, or nothing for the account.
    """
    who = whose or "the customer agent"
    start = f"{who[0].upper()}{who[1:]}"
    if level >= 100:
        subject = f"{start} has reached its spend limit for language models"
        then = (
            f"{start} answers without a model from now on, with the built-in answerer, until the month ends ({zone}) or the limit"
            " is raised. No conversation is interrupted, and none goes to people for this reason."
        )
    else:
        subject = f"{level}% of the spend limit of {who} for language models is used"
        then = (
            f"At the limit {who} answers without a model, with the built-in answerer, until the month ends ({zone}) or the limit"
            " is raised. No conversation is interrupted."
        )
    where = "Settings › Usage & limits › Language models shows what was spent, and is where the limit is changed."
    return subject, "\n\n".join([_used(standing), then, where])


def _used(standing: Standing) -> str:
    spent, limit = standing.spent, standing.limit
    parts = []
    if limit.money is not None:
        parts.append(f"{spent.micros / MICROS:,.2f} of {limit.money:,.2f} (in the currency of the prices)")
    if limit.tokens is not None:
        parts.append(f"{spent.tokens:,} of {limit.tokens:,} tokens")
    return f"Used this month: {' and '.join(parts)}."


def _whose(tx: Tx, scope: str) -> str:
    return "" if scope == queries.ACCOUNT else agents.names(tx).get(scope, "the agent")
