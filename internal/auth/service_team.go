package auth

import (
	"context"
	"slices"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Teams lists all teams by name; anybody signed in may know them.
func (s *Service) Teams(ctx context.Context, who Actor) ([]Team, error) {
	if err := who.known(); err != nil {
		return nil, err
	}
	var out []Team
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) (err error) {
		out, err = listTeams(ctx, r, who.Tenant)
		return err
	})
	return out, err
}

// known refuses nobody.
func (a Actor) known() error {
	if a.kind == "" {
		return errToken
	}
	return nil
}

// Team gives one team; anybody signed in may know it. Errors: NotFound.
func (s *Service) Team(ctx context.Context, who Actor, team id.ID) (Team, error) {
	if err := who.known(); err != nil {
		return Team{}, err
	}
	var out Team
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) (err error) {
		out, err = readTeam(ctx, r, who.Tenant, team)
		return err
	})
	return out, err
}

const maxMembers = 1000

// CreateTeam makes a team. Needs teams:write. Errors: Invalid.
func (s *Service) CreateTeam(ctx context.Context, who Actor, name string, members []id.ID) (Team, error) {
	if err := who.Require("teams:write"); err != nil {
		return Team{}, err
	}
	now := s.clock.Now()
	team := Team{ID: id.New(now), Name: tidy(name), CreatedAt: now, UpdatedAt: now}
	if err := team.validate(); err != nil {
		return Team{}, err
	}
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) (err error) {
		if err := insertTeam(ctx, tx, who.Tenant, team); err != nil {
			return err
		}
		if team.Members, err = setMembers(ctx, tx, who, team.ID, members); err != nil {
			return err
		}
		return s.recordTeam(ctx, tx, who, team, "team.created", map[string]audit.Change{"members": {New: team.Members}})
	})
	return team, err
}

// UpdateTeam renames a team, gives it other members, or both; nil leaves a part alone. Needs teams:write.
// Errors: NotFound, Invalid, Precondition.
func (s *Service) UpdateTeam(ctx context.Context, who Actor, team id.ID, name *string, members *[]id.ID, m Match) (Team, error) {
	if err := who.Require("teams:write"); err != nil {
		return Team{}, err
	}
	return s.changeTeam(ctx, who, team, m, func(ctx context.Context, tx db.Tx, t *Team) (err error) {
		if name != nil {
			t.Name = tidy(*name)
		}
		if members != nil {
			t.Members, err = setMembers(ctx, tx, who, t.ID, *members)
		}
		return err
	})
}

// AddMember puts a user into a team; twice is once. Needs teams:write. Errors: NotFound, Invalid.
func (s *Service) AddMember(ctx context.Context, who Actor, team, user id.ID) (Team, error) {
	return s.UpdateMembers(ctx, who, team, func(members []id.ID) []id.ID { return append(members, user) })
}

// RemoveMember takes a user out of a team; one who is not in it stays out. Needs teams:write. Errors: NotFound.
func (s *Service) RemoveMember(ctx context.Context, who Actor, team, user id.ID) (Team, error) {
	return s.UpdateMembers(ctx, who, team, func(members []id.ID) []id.ID {
		return slices.DeleteFunc(members, func(m id.ID) bool { return m == user })
	})
}

// UpdateMembers gives a team the members that change makes of those it has. Needs teams:write.
func (s *Service) UpdateMembers(ctx context.Context, who Actor, team id.ID, change func([]id.ID) []id.ID) (Team, error) {
	if err := who.Require("teams:write"); err != nil {
		return Team{}, err
	}
	return s.changeTeam(ctx, who, team, nil, func(ctx context.Context, tx db.Tx, t *Team) (err error) {
		t.Members, err = setMembers(ctx, tx, who, t.ID, change(slices.Clone(t.Members)))
		return err
	})
}

func (s *Service) changeTeam(ctx context.Context, who Actor, team id.ID, m Match, change func(context.Context, db.Tx, *Team) error) (Team, error) {
	var t Team
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		before, err := lockTeam(ctx, tx, who.Tenant, team)
		if err != nil {
			return err
		}
		if err := m.check(before.Version()); err != nil {
			return err
		}
		t = before
		if err := change(ctx, tx, &t); err != nil {
			return err
		}
		if err := t.validate(); err != nil {
			return err
		}
		changes := audit.Diff(map[string]any{"name": before.Name}, map[string]any{"name": t.Name})
		if !slices.Equal(before.Members, t.Members) {
			changes["members"] = audit.Change{Old: before.Members, New: t.Members}
		}
		if len(changes) == 0 {
			return nil
		}
		t.UpdatedAt = s.clock.Now()
		if err := updateTeam(ctx, tx, who.Tenant, t); err != nil {
			return err
		}
		return s.recordTeam(ctx, tx, who, t, "team.changed", changes)
	})
	return t, err
}

// setMembers replaces the members of a team. Errors: Invalid.
func setMembers(ctx context.Context, tx db.Tx, who Actor, team id.ID, members []id.ID) ([]id.ID, error) {
	if len(members) > maxMembers {
		return nil, errs.OnField("memberIds", "has more than 1,000 users")
	}
	if len(members) > 0 {
		missing, err := missingUsers(ctx, tx, who.Tenant, members)
		if err != nil {
			return nil, err
		}
		if len(missing) > 0 {
			return nil, errs.OnField("memberIds", "names a user who is not there")
		}
	}
	if err := deleteMembers(ctx, tx, who.Tenant, team); err != nil {
		return nil, err
	}
	for _, u := range members {
		if err := insertMember(ctx, tx, who.Tenant, team, u); err != nil {
			return nil, err
		}
	}
	t, err := readTeam(ctx, tx, who.Tenant, team)
	return t.Members, err
}

// DeleteTeam removes a team. Needs teams:write. Errors: NotFound, Conflict while tickets wait in it, Precondition.
func (s *Service) DeleteTeam(ctx context.Context, who Actor, team id.ID, m Match) error {
	if err := who.Require("teams:write"); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		t, err := lockTeam(ctx, tx, who.Tenant, team)
		if err != nil {
			return err
		}
		if err := m.check(t.Version()); err != nil {
			return err
		}
		if err := deleteTeam(ctx, tx, who.Tenant, team); err != nil {
			return err
		}
		return s.recordTeam(ctx, tx, who, t, "team.deleted", map[string]audit.Change{"members": {Old: t.Members}})
	})
}

func (s *Service) recordTeam(ctx context.Context, tx db.Tx, who Actor, t Team, action string, changes map[string]audit.Change) error {
	s.changed(tx, who.Tenant, id.Zero)
	if err := s.deps.Events.Record(ctx, tx, who, TeamChanged{Team: t.ID}); err != nil {
		return err
	}
	return s.deps.Audit.Write(ctx, tx, who, audit.Entry{Action: action, ObjectKind: "team", Object: t.ID, ObjectName: t.Name, Changes: changes})
}
