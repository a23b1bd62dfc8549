-- title: What plan and history show of each qualifier of a site where only selected cases support IMRT

select
    signs_of_cardiac_proximity.course_id,
    'cardiac_proximity' as element,
    signs_of_cardiac_proximity.evidence,
    signs_of_cardiac_proximity.shown
from signs_of_cardiac_proximity

union all

select
    signs_of_cord_risk.course_id,
    'cord_tolerance_at_risk' as element,
    signs_of_cord_risk.evidence,
    signs_of_cord_risk.shown
from signs_of_cord_risk

union all

select
    signs_of_breast_size.course_id,
    signs_of_breast_size.element,
    signs_of_breast_size.evidence,
    signs_of_breast_size.shown
from signs_of_breast_size
