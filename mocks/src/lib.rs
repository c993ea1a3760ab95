// SPDX-License-Identifier: EUPL-1.2
//! Stand-ins of the national platforms.
