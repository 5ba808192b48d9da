/* SPDX-License-Identifier: MIT */
/*
 * A PDO and the device that enumerated it. While a PDO is in D0 its parent is kept there ("if the power
 * policy owner is a bus driver, none of the child devices are in D0" is a condition for idleness), and a
 * PDO that is to go to D0 waits for the parent.
 *
 * parent->lock guards the list and each child's waits_for_parent. A child lives longer than its place in it.
 */
#include "fx/core/lock.h"
#include "fx/pnp/device_priv.h"

void
fx_parent_adopt(struct fx_device *parent, struct fx_device *child)
{
    child->parent = parent;
    fx_object_ref(&parent->object);
    fx_lock(&parent->lock);
    list_push_back(&parent->children, &child->sibling);
    fx_unlock(&parent->lock);
}

/* The reference on the parent goes with the child's memory. */
void
fx_parent_forget(struct fx_device *child)
{
    struct fx_device *parent = child->parent;

    if (parent == NULL) {
        return;
    }
    fx_parent_release(child);
    fx_lock(&parent->lock);
    list_remove(&child->sibling);
    fx_unlock(&parent->lock);
}

bool
fx_parent_hold(struct fx_device *child)
{
    struct fx_device *parent = child->parent;
    bool ready;

    /* The reference first, then in_d0: a parent that is about to leave for being idle sees the one or the other. */
    child->power.holds_parent = true;
    fx_policy_reference(parent);
    fx_lock(&parent->lock);
    ready =
        atomic_load_u32(&parent->policy.in_d0) != 0 || atomic_load_u32(&parent->policy.usable) == 0;
    child->power.waits_for_parent = !ready;
    fx_unlock(&parent->lock);
    return ready;
}

void
fx_parent_release(struct fx_device *child)
{
    if (!child->power.holds_parent) {
        return;
    }
    child->power.holds_parent = false;
    fx_lock(&child->parent->lock);
    child->power.waits_for_parent = false;
    fx_unlock(&child->parent->lock);
    fx_policy_release(child->parent);
}

void
fx_parent_ready(struct fx_device *parent)
{
    struct list *link;

    fx_lock(&parent->lock);
    list_for_each(link, &parent->children)
    {
        struct fx_device *child = container_of(link, struct fx_device, sibling);

        if (child->power.waits_for_parent) {
            child->power.waits_for_parent = false;
            fx_power_post_later(child, FX_POWER_PARENT_D0);
        }
    }
    fx_unlock(&parent->lock);
}
