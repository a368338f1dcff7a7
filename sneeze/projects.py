"""Projects with their milestones as they stand on a day, and the hours that were logged on them."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from sneeze.chance import rng
from sneeze.knobs import RATES, Schedule
from sneeze.world import EPOCH, World

PROJECT_COLUMNS = [
    "exported", "project", "client", "name", "owner", "status", "started", "last_update", "milestone",
    "milestone_due", "milestone_done", "budget_hours",
]  # fmt: skip
TIMESHEET_COLUMNS = ["day", "person", "project", "hours"]
NAMES = [
    "Website refresh", "Landing pages", "Spring campaign", "Autumn campaign", "Product photos", "Video spots",
    "Brand guide", "Shop launch", "Booking form", "Mail series", "Tracking clean-up", "Trade fair stand",
]  # fmt: skip
STEPS = ["brief agreed", "first draft", "client review", "final files", "launch"]
KEPT_DONE = 30  # days that a done project stays in the export
HOURS_A_DAY = 4.5  # logged on a project on a usual workday, all people together
SATURDAY = 5

Row = list[str]
Span = tuple[date, date]  # first and last day


class Milestone(NamedTuple):
    """What is due on a project, and the day it really was done."""

    name: str
    planned: date  # when it was to be due before any trouble
    due: date
    done: date


class Project(NamedTuple):
    """A project's whole life; `held` and `quiet` are the days on hold and the days that nobody cared."""

    number: str
    client: str
    name: str
    team: tuple[str, ...]  # its owner first
    started: date
    ends: date
    milestones: tuple[Milestone, ...]
    budget: int
    meets: int  # the weekday on which it is always updated
    held: Span | None
    quiet: tuple[Span, ...]

    def status(self, day: date) -> str:
        """Return how it stood when the day was over."""
        if day >= self.ends:
            return "done"
        return "on hold" if self.held and within(self.held, day) else "active"

    def milestone(self, day: date) -> Milestone:
        """Return the first one that is not over: it is over when its day has come and it is done."""
        open_ones = [one for one in self.milestones if one.due >= day or one.done > day]
        return open_ones[0] if open_ones else self.milestones[-1]


def within(span: Span, day: date) -> bool:
    """Say whether the day is one of the span's."""
    return span[0] <= day <= span[1]


def plan(world: World, schedule: Schedule) -> list[Project]:
    """Return all projects begun up to the schedule's end; one keeps its number however far that goes."""
    begun = [one for client in world.clients for one in _of_client(world, client.slug, schedule.last)]
    begun.sort(key=lambda project: (project.started, project.client))
    return [
        _troubled(world, schedule, project._replace(number=f"p-{100 + index}"))
        for index, project in enumerate(begun)
    ]


def _of_client(world: World, client: str, last: date) -> Iterator[Project]:
    """Yield a client's projects one after the other, some overlapping."""
    start, index = EPOCH + timedelta(days=rng(world.seed, "first project", client).randrange(60)), 0
    while start <= last:
        draw = rng(world.seed, "project", client, index)
        days = draw.randint(35, 110)
        started = workday(start)
        if started <= last:
            yield _life(world, client, started, days, draw)
        start += timedelta(days=max(20, days + draw.randint(-45, 20)))
        index += 1


def _life(world: World, client: str, started: date, days: int, draw: Random) -> Project:
    team = tuple(draw.sample(staff(world), draw.randint(2, 3)))
    held = None
    if draw.random() < 0.12:
        begins = started + timedelta(days=days * 3 // 10)
        held = (begins, begins + timedelta(days=draw.randint(10, 25)))
    milestones = []
    count = draw.randint(3, 5)
    for number, step in enumerate(STEPS[-count:], 1):
        due = started + timedelta(days=days * number // count)
        if held and due >= held[0]:
            due += held[1] - held[0]
        due = workday(due)
        milestones.append(Milestone(step, due, due, max(started, due - timedelta(days=draw.randint(0, 3)))))
    budget = round(days * 5 / 7 * HOURS_A_DAY * draw.uniform(0.9, 1.4), -1)
    return Project(
        "", client, draw.choice(NAMES), team, started, milestones[-1].done, tuple(milestones), int(budget),
        draw.randrange(5), held, (),
    )  # fmt: skip


def _troubled(world: World, schedule: Schedule, project: Project) -> Project:
    """Return the project with what chance and the knobs put into it."""
    draw = rng(world.seed, "trouble", project.number)
    quiet, late, after = draw.random() < RATES["stale"], draw.uniform(0.2, 0.6), draw.randint(16, 35)
    spans = [(event.first, event.last) for event in schedule.of("stale", project.number)]
    if quiet and not schedule.calm:
        first = project.started + (project.ends - project.started) * late
        spans.append((first, first + timedelta(days=after)))
    milestones = []
    for one in project.milestones:
        missed, days = draw.random() < RATES["miss"], draw.randint(3, 18)
        if missed and not schedule.calm:
            one = one._replace(done=one.due + timedelta(days=days))
        for first, last in spans:
            if first <= one.done <= last:
                one = one._replace(done=last + timedelta(days=2))
        milestones.append(one)
    for event in schedule.of("miss", project.number):
        _miss(milestones, event.first, event.last)
    ends = max(one.done for one in milestones)
    return project._replace(milestones=tuple(milestones), ends=ends, quiet=tuple(spans))


def _miss(milestones: list[Milestone], first: date, last: date) -> None:
    """Make the milestone of these days one that was due the day before and is not done in them."""
    places = [place for place, one in enumerate(milestones) if one.done >= first]
    place = places[0] if places else len(milestones) - 1
    for before, one in enumerate(milestones[: place + 1]):
        milestones[before] = one._replace(due=min(one.due, first - timedelta(days=1)))
    milestones[place] = milestones[place]._replace(done=max(milestones[place].done, last + timedelta(days=1)))


def staff(world: World) -> list[str]:
    """Return who works on projects."""
    return ["Kristen", *world.staff]


def workday(day: date) -> date:
    """Return the day, or the Monday after it."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= SATURDAY else 0)


def export(world: World, schedule: Schedule, projects: list[Project], day: date) -> list[Row]:
    """Return projects.csv as it stood on the day; a dead source leaves the export of an earlier one."""
    while schedule.dead("projects", day):
        day -= timedelta(days=1)
    return [
        _row(world.seed, project, day)
        for project in projects
        if project.started <= day < project.ends + timedelta(days=KEPT_DONE)
    ]


def _row(seed: int, project: Project, day: date) -> Row:
    one = project.milestone(day)
    known = [day.isoformat(), project.number, project.client, project.name, project.team[0]]
    known += [project.status(day), project.started.isoformat(), last_update(seed, project, day).isoformat()]
    done = one.done.isoformat() if one.done <= day else ""
    return [*known, one.name, one.due.isoformat(), done, str(project.budget)]


def last_update(seed: int, project: Project, day: date) -> date:
    """Return the newest day up to `day` on which somebody brought the project's record up to date."""
    day = min(day, project.ends)
    while day > project.started and not _worked(seed, "update", project, day):
        day -= timedelta(days=1)
    return day


def _worked(seed: int, what: str, project: Project, day: date) -> bool:
    if day == project.ends or (project.held and day == project.held[1] + timedelta(days=1)):
        return True
    if day.weekday() >= SATURDAY or project.status(day) != "active":
        return False
    if any(within(span, day) for span in project.quiet):
        return False
    return day.weekday() == project.meets or rng(seed, what, project.number, day).random() < 0.45


def timesheets(world: World, schedule: Schedule, projects: list[Project], day: date) -> list[Row]:
    """Return the hours logged on one day."""
    if schedule.dead("projects", day):
        return []
    rows = []
    for project in projects:
        if not project.started <= day < project.ends or not _worked(world.seed, "hours", project, day):
            continue
        draw = rng(world.seed, "timesheet", project.number, day)
        for place, person in enumerate(project.team):
            if place == 0 or draw.random() < 0.6:
                rows.append([day.isoformat(), person, project.number, f"{draw.randint(2, 24) / 4:.2f}"])
    return sorted(rows)


def truth(world: World, projects: list[Project], last: date) -> dict[str, list[dict[str, object]]]:
    """Return which active projects nobody cares for on the last day, and which milestones are missed."""
    active = [one for one in projects if one.started <= last and one.status(last) == "active"]
    stale: list[dict[str, object]] = [
        {"project": one.number, "client": one.client, "first": span[0].isoformat(), "last": span[1].isoformat(),
         "last_update": last_update(world.seed, one, last).isoformat()}
        for one in active for span in one.quiet if within(span, last)
    ]  # fmt: skip
    missed: list[dict[str, object]] = [
        {"project": one.number, "milestone": due.name, "due": due.due.isoformat()}
        for one in active
        if (due := one.milestone(last)).due < last < due.done
    ]
    return {"projects_stale": stale, "milestones_missed": missed}
