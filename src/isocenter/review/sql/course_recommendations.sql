-- What the findings about each course add up to. A line that is settled without a question (denied or reduced)
-- leaves the coverage of the course as it is; an open question about a line keeps the course open. A course is
-- out of scope where every policy that decides coverage says so and no other policy has anything against it. It is covered only
-- on a ground: a rule of a policy that decides coverage is met by a line, or before any claim by the course itself, and
-- where such a policy has rules of necessity one of them is met. Without the latter necessity was not judged.
-- Policies of coding alone, and lines that are all refused, leave it to a person.

with

ranked as (

    select
        finding_effects.course_id,
        max(case
            when finding_effects.effect = 'not_necessary' then 4
            when finding_effects.effect = 'deny' and finding_effects.subject_kind <> 'claim_line' then 4
            when finding_effects.effect = 'review' then 3
            when finding_effects.effect = 'request' then 2
            else 1
        end) as worst
    from finding_effects
    where
        not exists (
            select 1 from courses_out_of_scope
            where
                courses_out_of_scope.policy = finding_effects.policy
                and courses_out_of_scope.course_id = finding_effects.course_id
        )
    group by finding_effects.course_id

),

-- Policies that decide coverage: those with rules of necessity, or of scope beyond their members and days; else all.
asking as (

    select distinct rules.policy
    from rules
    cross join (
        select max(case when others.decides_coverage then 1 else 0 end) as some_decide
        from rules as others
    ) as all_policies
    where rules.decides_coverage or all_policies.some_decide = 0

),

asked as (

    select count(*) as policies
    from asking

),

scopes as (

    select
        located_findings.course_id,
        count(distinct located_findings.policy) as policies_out
    from located_findings
    inner join rules on located_findings.policy = rules.policy and located_findings.rule = rules.rule
    inner join asking on located_findings.policy = asking.policy
    where rules.is_scope and located_findings.outcome = 'not_applicable'
    group by located_findings.course_id

),

courses_with_lines as (

    select distinct claim_lines.course_id
    from claim_lines

),

met as (

    select
        judged_lines.course_id,
        judged_lines.coverage_ground,
        1 as counts
    from judged_lines
    where judged_lines.coverage_ground > 0

    union all

    select
        located_findings.course_id,
        rules.coverage_ground,
        case when courses_with_lines.course_id is null then 1 else 0 end as counts
    from located_findings
    inner join rules on located_findings.policy = rules.policy and located_findings.rule = rules.rule
    left join courses_with_lines on located_findings.course_id = courses_with_lines.course_id
    where rules.is_ground and rules.coverage_ground > 0 and located_findings.outcome = 'met'

),

grounds as (

    select
        met.course_id,
        max(met.coverage_ground) as coverage_ground,
        max(met.counts) as counts
    from met
    group by met.course_id

)

select
    courses.course_id,
    case
        when ranked.worst is null and scopes.policies_out = asked.policies then 'out_of_scope'
        when ranked.worst = 4 then 'do_not_cover'
        when ranked.worst = 3 then 'human_review'
        when ranked.worst = 2 then 'request_documentation'
        when coalesce(grounds.counts, 0) = 0 then 'human_review'
        when grounds.coverage_ground = 2 then 'cover'
        else 'necessity_not_judged'
    end as recommendation
from courses
cross join asked
left join ranked on courses.course_id = ranked.course_id
left join scopes on courses.course_id = scopes.course_id
left join grounds on courses.course_id = grounds.course_id
