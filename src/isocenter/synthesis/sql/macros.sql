-- Chance and calendar: draws that depend on the seed and the course alone, so that any part can be made by itself.

create or replace macro draw(number, purpose) as
    (hash(number, purpose, getvariable('seed')) % 1000000) / 1000000.0;

create or replace macro pick(number, purpose, choices) as
    (hash(number, purpose, getvariable('seed')) % choices)::integer;

create or replace macro workday(day) as
    day + case isodow(day) when 6 then 2 when 7 then 1 else 0 end;

-- Courses begin in the order of their numbers, spread evenly over the years.
create or replace macro begin_of(number) as
    workday(date '2010-01-04' + (number::bigint * getvariable('days') // getvariable('courses'))::integer);

-- Sessions fall on weekdays; a break of whole weeks may lie in the middle.
create or replace macro session_day(first_delivery, session, sessions, break_days) as
    first_delivery
    + (
        session + 2 * ((isodow(first_delivery) - 1 + session) // 5)
        + case when session >= sessions // 2 then break_days else 0 end
    )::integer;

-- Of ten providers four are freestanding, two split the physician's part from the technical one, four are hospitals.
create or replace macro place_of(provider) as
    case when provider % 10 < 4 then 'freestanding' when provider % 10 < 6 then 'split' else 'hospital' end;

-- One freestanding provider and one hospital in fifty replan from habit.
create or replace macro replans_by_habit(provider) as
    getvariable('violations') > 0 and getvariable('providers') >= 50 and provider % 50 in (3, 28);

-- Names. Providers have numbers that begin with 9, as no real one does.
create or replace macro course_name(number) as concat('course ', number);

create or replace macro member_name(number) as concat('M', 100000000 + number);

create or replace macro provider_number(provider, person) as (9000000000 + 1000 * provider + person)::varchar;

create or replace macro claim_name(number, is_of_course, biller, month_number) as
    concat(
        'C', 100000000 + number,
        case
            when not is_of_course then 'V'
            when biller = 'facility' then 'F'
            when biller = 'group' then 'G'
            else 'P'
        end,
        month_number // 12 * 100 + month_number % 12 + 1
    );
