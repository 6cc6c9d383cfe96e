#!/usr/bin/env python3
"""Reads, checks and heals a tranche of a longplay archive."""
