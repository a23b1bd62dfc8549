-- Weighted lists to draw from: each regimen stands as often as its weight says.

create or replace table regimen_draws as
with

places as (

    select unnest(['freestanding', 'split', 'hospital']) as place

),

listed as (

    select
        regimens.family as list,
        places.place,
        regimens.* exclude (place)
    from regimens
    inner join places on regimens.place in ('any', places.place)

    union all

    -- Two courses at once are plain ones, so that nothing but the overlap is unusual.
    select
        regimens.family || ' beside another' as list,
        places.place,
        regimens.* exclude (place)
    from regimens
    cross join places
    where regimens.kind = 'plain'

)

select
    listed.* exclude (family, weight),
    row_number() over drawn - 1 as position,
    count(*) over (partition by listed.list, listed.place) as choices
from listed
cross join lateral (select unnest(range(listed.weight)) as repeat)
window drawn as (
    partition by listed.list, listed.place
    order by listed.site, listed.technique, listed.kind, listed.sessions, repeat
);

create or replace table regimen_lists as
select distinct
    list,
    place,
    choices
from regimen_draws;

create or replace table diagnosis_draws as
select
    site,
    icd10,
    row_number() over (partition by site order by icd10) - 1 as position,
    count(*) over (partition by site) as choices
from diagnoses;
