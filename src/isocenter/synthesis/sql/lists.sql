-- Lists to draw from: each regimen is listed as often as its weight says; words that recur in lines are enumerations,
-- in a fixed order, because lines are numbered in it.

create type modifier as enum ('', '26', '59', 'GZ', 'TC');
create type coverage as enum ('medicare', 'commercial', 'medicaid', 'other');
create type place as enum ('freestanding', 'split', 'hospital');
create type planted_kind as enum (select kind from violations union all select '' order by all);
create type revision as enum (select distinct revision from editions order by all);
create type suffix as enum (select distinct suffix from editions order by all);
create type frequency as enum (select distinct claim_frequency::varchar from editions order by all);
create type procedure_code as enum (select distinct code from procedures order by all);
create type biller as enum (select distinct biller from billing order by all);
create type setting as enum (select distinct setting from billing order by all);

alter table editions alter revision type revision;
alter table editions alter suffix type suffix;
alter table editions alter refers_to type suffix;
alter table editions alter claim_frequency type frequency using claim_frequency::varchar::frequency;
alter table procedures alter code type procedure_code;
alter table billing alter biller type biller;
alter table billing alter setting type setting;
alter table billing alter modifier type modifier;

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
