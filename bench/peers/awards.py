"""The list of awards as FastAPI and SQLAlchemy give it: the same look-ups as Tributary's `GET /api/v1/awards`, one after the
other, from the same tables. Served by uvicorn with as many processes as Tributary has threads that answer:

    DATABASE_URL=postgresql+asyncpg://… uvicorn --workers N --port PORT awards:app
"""

import hashlib
import os
from datetime import date, datetime, timedelta, timezone
from typing import Annotated
from uuid import UUID

from fastapi import Cookie, Depends, FastAPI, HTTPException, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, LargeBinary, Text, and_, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=8, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
IDLE = timedelta(hours=2)
READERS = {"grants-officer", "finance-officer", "certifier", "trustee", "committee-member", "funders-officer", "auditor",
           "administrator"}


class Base(DeclarativeBase):
    type_annotation_map = {str: Text, int: BigInteger, datetime: DateTime(timezone=True), date: Date, bool: Boolean,
                           bytes: LargeBinary}


class Session(Base):
    __tablename__ = "session"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    token_hash: Mapped[bytes]
    csrf: Mapped[str]
    device: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    second_factor_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Person(Base):
    __tablename__ = "person"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    display_name: Mapped[str]
    totp_confirmed_at: Mapped[datetime | None]


class Membership(Base):
    __tablename__ = "membership"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    role: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]


class Setting(Base):
    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(JSONB)


class Organisation(Base):
    __tablename__ = "organisation"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    org_id: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]


class Award(Base):
    __tablename__ = "award"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str]
    title: Mapped[str]
    programme: Mapped[str]
    funder_id: Mapped[UUID]
    holder_id: Mapped[UUID]
    accountable_body_id: Mapped[UUID]
    amount: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    nation: Mapped[str]
    pays_for: Mapped[str]
    legal_basis: Mapped[str]
    lost_if_unspent: Mapped[bool]
    lead_id: Mapped[UUID | None]
    programme_id: Mapped[UUID | None]
    version: Mapped[int]
    created_at: Mapped[datetime]


class AwardYear(Base):
    __tablename__ = "award_year"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    award_id: Mapped[UUID]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    amount: Mapped[int]
    standing: Mapped[str]
    carry_forward: Mapped[str]


class AwardYearEvent(Base):
    __tablename__ = "award_year_event"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    year_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str]
    happened_on: Mapped[date]
    amount: Mapped[int]
    until_on: Mapped[date | None]
    with_whom: Mapped[str]


class Balance(Base):
    __tablename__ = "balance"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    cap: Mapped[int]
    attributed: Mapped[int]


class AwardSuspension(Base):
    __tablename__ = "award_suspension"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    award_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(Integer)
    from_on: Mapped[date]
    resumed_on: Mapped[date | None]
    pays_on: Mapped[bool]


class AwardClosure(Base):
    __tablename__ = "award_closure"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    award_id: Mapped[UUID]
    closed_on: Mapped[date]
    reopened_on: Mapped[date | None]


class AwardSummary(BaseModel):
    id: UUID
    reference: str
    title: str
    programme: str
    programme_id: UUID | None
    funder_id: UUID
    funder: str
    starts_on: date
    ends_on: date
    days_left: int | None
    amount_pence: int
    attributed_pence: int
    confirmed_pence: int
    left_pence: int
    not_used_pence: int
    over_pence: int
    at_risk_pence: int
    suspended_from: date | None
    closed_on: date | None
    version: int


class Awards(BaseModel):
    items: list[AwardSummary]


async def database():
    async with sessions() as session:
        yield session


Database = Annotated[AsyncSession, Depends(database)]


async def identify(db: Database, tributary: Annotated[str | None, Cookie()] = None):
    if not tributary:
        raise HTTPException(401)
    now = datetime.now(timezone.utc)
    hashed = hashlib.sha256(tributary.encode()).digest()
    today = now.date()
    held = and_(Membership.person_id == Person.id, Membership.revoked_at.is_(None), Membership.starts_on <= today,
                or_(Membership.ends_on.is_(None), Membership.ends_on >= today))
    rows = (await db.execute(
        select(Session, Person, Membership, Setting)
        .join(Person, Person.id == Session.person_id).outerjoin(Membership, held)
        .outerjoin(Setting, Setting.key == "home-organisation")
        .where(Session.token_hash == hashed, Session.revoked_at.is_(None), Session.expires_at > now,
               Session.last_seen_at > now - IDLE)
        .order_by(Membership.id))).all()
    if not rows:
        raise HTTPException(401)
    if not any(row.Membership and str(row.Membership.organisation_id) == row.Setting.value
               and row.Membership.role in READERS for row in rows):
        raise HTTPException(403)
    return today


app = FastAPI()


@app.get("/api/v1/awards")
async def awards(request: Request, response: Response, db: Database, today: Annotated[date, Depends(identify)],
                 limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Awards:
    found = (await db.scalars(select(Award).order_by(Award.id).limit(limit + 1))).all()
    rows = found[:limit]
    ids = [row.id for row in rows]
    agreed = (await db.execute(
        select(AwardYear, AwardYearEvent).outerjoin(AwardYearEvent, AwardYearEvent.year_id == AwardYear.id)
        .where(AwardYear.award_id.in_(ids)).order_by(AwardYear.starts_on, AwardYear.id, AwardYearEvent.seq))).all()
    of: dict[UUID, list[AwardYear]] = {}
    for row in agreed:
        mine = of.setdefault(row.AwardYear.award_id, [])
        if not mine or mine[-1].id != row.AwardYear.id:
            mine.append(row.AwardYear)
    subjects = [*ids, *(year.id for mine in of.values() for year in mine)]
    sums = dict((await db.execute(select(Balance.subject_id, Balance.attributed).where(
        Balance.kind.in_(["award", "award-year"]), Balance.subject_id.in_(subjects)))).tuples().all())
    names = dict((await db.execute(select(Organisation.id, Organisation.name).where(
        Organisation.id.in_({row.funder_id for row in rows})))).tuples().all())
    # the one that holds today, of those that are not closed
    suspended = {one.award_id: one.from_on for one in await db.scalars(select(AwardSuspension).where(
        AwardSuspension.award_id.in_(ids)).order_by(AwardSuspension.award_id, AwardSuspension.seq))
        if one.from_on <= today and (one.resumed_on is None or today < one.resumed_on)}
    closed = {one.award_id: one.closed_on for one in await db.scalars(select(AwardClosure).where(
        AwardClosure.award_id.in_(ids), AwardClosure.reopened_on.is_(None)))}
    items = []
    for row in rows:
        confirmed = left = unused = over = 0
        for year in of.get(row.id, []):
            if year.standing != "confirmed":
                continue
            rest = year.amount - sums.get(year.id, 0)
            confirmed += year.amount
            if rest < 0:
                over -= rest
            elif year.ends_on >= today or row.ends_on < today:
                left += rest
            else:
                unused += rest
        days = (row.ends_on - today).days
        items.append(AwardSummary(
            id=row.id, reference=row.reference, title=row.title, programme=row.programme, programme_id=row.programme_id,
            funder_id=row.funder_id, funder=names.get(row.funder_id, ""), starts_on=row.starts_on, ends_on=row.ends_on,
            days_left=days if days >= 0 else None, amount_pence=row.amount, attributed_pence=sums.get(row.id, 0),
            confirmed_pence=confirmed, left_pence=left, not_used_pence=unused, over_pence=over, at_risk_pence=0,
            suspended_from=None if row.id in closed else suspended.get(row.id), closed_on=closed.get(row.id),
            version=row.version))
    if len(found) > limit:
        response.headers["link"] = f'<{request.url.path}?limit={limit}&after={rows[-1].id}>; rel="next"'
    return Awards(items=items)
