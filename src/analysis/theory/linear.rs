//! Small systems of linear equations.

use super::TheoryError;

/// A square matrix, row by row.
pub type Matrix = Vec<Vec<f64>>;

/// Solves A X = B by elimination with row exchanges.
///
/// # Errors
/// [`TheoryError::Singular`] when A has no inverse.
pub fn solve(mut a: Matrix, mut b: Matrix) -> Result<Matrix, TheoryError> {
    let n = a.len();
    for column in 0..n {
        let pivot = (column..n)
            .max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))
            .unwrap_or(column);
        a.swap(column, pivot);
        b.swap(column, pivot);
        let head = a[column][column];
        if head.abs() <= 0.0 || !head.is_finite() {
            return Err(TheoryError::Singular);
        }
        for row in column + 1..n {
            let factor = a[row][column] / head;
            let (above, below) = a.split_at_mut(row);
            subtract(&mut below[0], &above[column], factor);
            let (above, below) = b.split_at_mut(row);
            subtract(&mut below[0], &above[column], factor);
        }
    }
    for column in (0..n).rev() {
        let head = a[column][column];
        for value in &mut b[column] {
            *value /= head;
        }
        for row in 0..column {
            let factor = a[row][column];
            let (above, below) = b.split_at_mut(column);
            subtract(&mut above[row], &below[0], factor);
        }
    }
    Ok(b)
}

/// Solves A X = B without subtractions, for B of no negative entry and A of this form: minus
/// `rates` beside the diagonal (whose own entries do not count), and rows that sum to `excess`.
/// Such matrices belong to chains: `rates` lead from state to state and `excess` out of them. The
/// idea is that of Grassmann, Taksar and Heyman 1985: diagonals are summed anew, never subtracted
/// from.
///
/// # Errors
/// [`TheoryError::Singular`] when a state is never left.
pub fn solve_chain(
    mut rates: Matrix,
    mut excess: Vec<f64>,
    mut b: Matrix,
) -> Result<Matrix, TheoryError> {
    let n = rates.len();
    let mut leaving = vec![0.0; n];
    for state in 0..n {
        leaving[state] = excess[state] + rates[state][state + 1..].iter().sum::<f64>();
        if leaving[state] <= 0.0 || !leaving[state].is_finite() {
            return Err(TheoryError::Singular);
        }
        for row in state + 1..n {
            // Who enters the state goes on from there.
            let share = rates[row][state] / leaving[state];
            excess[row] += share * excess[state];
            let (above, below) = rates.split_at_mut(row);
            subtract(&mut below[0], &above[state], -share);
            let (above, below) = b.split_at_mut(row);
            subtract(&mut below[0], &above[state], -share);
        }
    }
    for state in (0..n).rev() {
        let (above, below) = b.split_at_mut(state + 1);
        for (next, rate) in below.iter().zip(&rates[state][state + 1..]) {
            subtract(&mut above[state], next, -rate);
        }
        for value in &mut above[state] {
            *value /= leaving[state];
        }
    }
    Ok(b)
}

fn subtract(row: &mut [f64], other: &[f64], factor: f64) {
    for (value, theirs) in row.iter_mut().zip(other) {
        *value -= factor * theirs;
    }
}

/// The product A B.
pub fn product(a: &Matrix, b: &Matrix) -> Matrix {
    a.iter().map(|row| row_times(row, b)).collect()
}

/// The row x B.
pub fn row_times(x: &[f64], b: &Matrix) -> Vec<f64> {
    let width = b.first().map_or(0, Vec::len);
    let mut out = vec![0.0; width];
    for (factor, row) in x.iter().zip(b) {
        for (value, theirs) in out.iter_mut().zip(row) {
            *value += factor * theirs;
        }
    }
    out
}

/// The sum A + B.
pub fn sum(a: &Matrix, b: &Matrix) -> Matrix {
    let add = |(x, y): (&Vec<f64>, &Vec<f64>)| x.iter().zip(y).map(|(x, y)| x + y).collect();
    a.iter().zip(b).map(add).collect()
}

/// A matrix with these numbers on its diagonal and zeros elsewhere.
pub fn diagonal(values: &[f64]) -> Matrix {
    let n = values.len();
    let mut out = vec![vec![0.0; n]; n];
    for (index, value) in values.iter().enumerate() {
        out[index][index] = *value;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solving_undoes_a_product() {
        let a = vec![
            vec![0.0, 2.0, 1.0],
            vec![4.0, 1.0, 0.0],
            vec![1.0, 0.0, 3.0],
        ];
        let x = vec![vec![1.0, 2.0], vec![-3.0, 0.5], vec![0.25, 8.0]];
        let got = solve(a.clone(), product(&a, &x)).expect("regular");
        for (row, expected) in got.iter().flatten().zip(x.iter().flatten()) {
            assert!((row - expected).abs() < 1e-13, "{row}, expected {expected}");
        }
    }

    #[test]
    fn chains_are_solved_as_any_matrix_is() {
        let rates = vec![
            vec![9.0, 1.0, 0.5],
            vec![2.0, 0.0, 1e-9],
            vec![0.0, 3.0, 0.0],
        ];
        let excess = vec![0.0, 1e-6, 0.25];
        let mut a = rates.clone();
        for (index, row) in a.iter_mut().enumerate() {
            row[index] = 0.0;
            let sum: f64 = row.iter().sum();
            for value in row.iter_mut() {
                *value = -*value;
            }
            row[index] = sum + excess[index];
        }
        let identity = diagonal(&[1.0; 3]);
        let got = solve_chain(rates.clone(), excess, identity.clone()).expect("left");
        let expected = solve(a, identity.clone()).expect("regular");
        for (got, expected) in got.iter().flatten().zip(expected.iter().flatten()) {
            assert!(
                (got / expected - 1.0).abs() < 1e-9,
                "{got}, expected {expected}"
            );
        }
        let kept = solve_chain(rates, vec![0.0; 3], identity);
        assert_eq!(kept, Err(TheoryError::Singular));
    }

    #[test]
    fn rows_that_say_the_same_are_refused() {
        let a = vec![vec![1.0, 2.0], vec![2.0, 4.0]];
        let b = diagonal(&[1.0, 1.0]);
        assert_eq!(solve(a, b), Err(TheoryError::Singular));
    }
}
