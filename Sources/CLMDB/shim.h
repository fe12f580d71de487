// The system's liblmdb, as it is. Only the module LMDB imports this.
#pragma once
#include <lmdb.h>
